import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { PushSettings } from './push.settings.js';

/** The HTTP client for the receivers of reports. */
export class PushClient {
  private readonly http = new HttpAgent({ keepAlive: true });
  private readonly https = new HttpsAgent({ keepAlive: true });

  /** Posts one push. @returns the receiver's HTTP status, or null when there was no answer */
  send(url: string, body: string, settings: Readonly<PushSettings>): Promise<number | null> {
    return new Promise((resolve) => {
      const secure = url.toLowerCase().startsWith('https:');
      const headers: Record<string, string | number> = { 'content-length': Buffer.byteLength(body) };
      if (settings.contentType !== null) headers['content-type'] = settings.contentType;
      const options = {
        method: 'POST',
        headers,
        timeout: settings.timeoutMs,
        signal: AbortSignal.timeout(Math.max(1, settings.timeoutMs)),
      };
      const request = secure
        ? httpsRequest(url, { ...options, agent: this.https, rejectUnauthorized: !settings.acceptAnyCertificate })
        : httpRequest(url, { ...options, agent: this.http });
      request.on('response', (response) => {
        response.resume();
        response.on('error', () => resolve(null));
        response.on('close', () => resolve(response.complete ? (response.statusCode ?? null) : null));
      });
      request.on('timeout', () => request.destroy());
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The receiver closed an idle connection: this push never reached it, and is sent again.
        const stale = request.reusedSocket && error.code === 'ECONNRESET';
        resolve(stale ? this.send(url, body, settings) : null);
      });
      request.end(body);
    });
  }

  stop(): void {
    this.http.destroy();
    this.https.destroy();
  }
}
