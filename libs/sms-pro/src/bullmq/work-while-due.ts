import type { SmsProConfirmSlot, SmsProTurn, SmsProWork } from '../options/scheduler.js';

/** Works one packet after the other while some are due and `goesOn`. Returns the last turn. */
export async function workWhileDue(
  work: Pick<SmsProWork, 'workOne'>,
  goesOn: () => boolean | Promise<boolean>,
  confirmSlot?: SmsProConfirmSlot,
): Promise<SmsProTurn> {
  for (;;) {
    const turn = await work.workOne(confirmSlot);
    if (!turn.worked || !(await goesOn())) return turn;
  }
}
