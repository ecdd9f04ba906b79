import type { Server } from 'node:http';
import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { CampaignsController } from './campaigns.controller.js';
import { CampaignsService } from './campaigns.service.js';

/** How long an upload may take: it is read only as fast as its rows are stored. Node's default is 5 minutes. */
const UPLOAD_TIMEOUT_MS = 3_600_000;

@Module({ controllers: [CampaignsController], providers: [CampaignsService] })
export class CampaignsModule implements OnApplicationBootstrap {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  onApplicationBootstrap(): void {
    const server: Server = this.adapterHost.httpAdapter.getHttpServer();
    server.requestTimeout = UPLOAD_TIMEOUT_MS;
  }
}
