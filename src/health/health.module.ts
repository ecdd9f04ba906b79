import { Module } from '@nestjs/common';
import { GatewayModule } from '../gateway/gateway.module.js';
import { HealthController } from './health.controller.js';

@Module({ imports: [GatewayModule], controllers: [HealthController] })
export class HealthModule {}
