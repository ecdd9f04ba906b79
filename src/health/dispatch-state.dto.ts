import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { DispatchPause, DispatchState, PauseReason, Priority } from 'nestjs-sms-pro';

class DispatchPauseDto implements DispatchPause {
  @ApiProperty({ type: String, example: 'funds' })
  readonly reason!: PauseReason;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly since!: Date;

  @ApiProperty({ type: String, format: 'date-time', description: 'When the gateway is tried again.' })
  readonly nextProbeAt!: Date;

  @ApiProperty({
    type: Boolean,
    description: 'Packets are sent one at a time, to see whether the gateway accepts them again.',
  })
  readonly onTrial!: boolean;

  @ApiPropertyOptional({ type: String, description: 'Set when only one sender is paused.' })
  readonly sender?: string;
}

/** `DispatchState` for the documentation page. */
export class DispatchStateDto implements DispatchState {
  @ApiProperty({ type: String, enum: ['running', 'paused', 'stopped'] })
  readonly state!: DispatchState['state'];

  @ApiProperty({ type: [DispatchPauseDto] })
  readonly pauses!: readonly DispatchPause[];

  @ApiProperty({ type: Number, description: 'Requests in flight.' })
  readonly inFlight!: number;

  @ApiProperty({ type: Number, nullable: true, description: 'Current limit of requests in flight.' })
  readonly concurrency!: number | null;

  @ApiProperty({
    type: 'object',
    properties: { high: { type: 'number' }, normal: { type: 'number' }, low: { type: 'number' } },
    description: 'Waiting packets, by priority.',
  })
  readonly queued!: Readonly<Record<Priority, number>>;

  @ApiProperty({ type: Number, description: 'How long the oldest due packet has waited.' })
  readonly oldestWaitMs!: number;

  @ApiProperty({ type: Number })
  readonly sending!: number;

  @ApiProperty({ type: Number, description: 'Packets for which it is unknown whether the gateway accepted them.' })
  readonly uncertain!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly nextDueAt!: Date | null;
}
