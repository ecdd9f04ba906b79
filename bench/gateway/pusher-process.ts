import { Agent, request } from 'node:http';
import type { PushAnswer, PushTask } from './pusher.js';

/** Pushes report documents as the gateway does, over keep-alive connections. */

const TIMEOUT_MS = 60_000;
const HEADERS = { 'content-type': 'text/xml; charset=utf-8' };

async function post(url: string, body: Buffer, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { ...HEADERS, 'content-length': body.length };
    const sent = request(url, { method: 'POST', agent, headers, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('timeout', () => sent.destroy(new Error(`No answer after ${TIMEOUT_MS} ms.`)));
    sent.once('error', reject);
    sent.end(body);
  });
}

async function push({ id, url, documents, connections }: PushTask): Promise<PushAnswer> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const bodies = documents.map((document) => Buffer.from(document));
  const refused: number[] = [];
  const left = bodies.values();
  const startedAt = performance.now();
  const lane = async () => {
    for (const body of left) {
      const status = await post(url, body, agent);
      if (status !== 200) refused.push(status);
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const ms = performance.now() - startedAt;
  agent.destroy();
  return { id, ms, refused };
}

process.on('disconnect', () => process.exit(0));
process.on('message', (task: PushTask) => {
  push(task).then(
    (answer) => process.send?.(answer),
    (error: unknown) => process.send?.({ id: task.id, ms: 0, refused: [], failed: String(error) } satisfies PushAnswer),
  );
});
process.send?.('ready');
