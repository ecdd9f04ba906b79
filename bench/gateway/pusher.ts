import type { ChildProcess } from 'node:child_process';
import type { Children } from '../children.js';

/** What to push. */
export interface PushTask {
  readonly id: number;
  readonly url: string;
  readonly documents: readonly string[];
  readonly connections: number;
}

/** The result of a push. */
export interface PushAnswer {
  readonly id: number;
  /** From the first document to the last answer. */
  readonly ms: number;
  /** HTTP statuses other than 200. */
  readonly refused: readonly number[];
  readonly failed?: string;
}

/** The side of the gateway that pushes reports, in a process of its own. */
export class Pusher {
  private serial = 0;
  private readonly asked = new Map<number, (answer: PushAnswer) => void>();

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: PushAnswer) => {
      this.asked.get(answer.id)?.(answer);
      this.asked.delete(answer.id);
    });
  }

  static async start(children: Children): Promise<Pusher> {
    const child = children.start('gateway/pusher-process');
    await children.firstMessage(child);
    return new Pusher(child);
  }

  /** Pushes all documents and returns how long that took, in ms. @throws if one is refused */
  async push(url: string, documents: readonly string[], connections: number): Promise<number> {
    const id = (this.serial += 1);
    const task: PushTask = { id, url, documents, connections };
    const { ms, refused, failed } = await new Promise<PushAnswer>((resolve) => {
      this.asked.set(id, resolve);
      this.child.send(task);
    });
    if (failed !== undefined) throw new Error(failed);
    if (refused.length > 0) throw new Error(`${refused.length} pushes were refused, the first with ${refused[0]}.`);
    return ms;
  }
}

/** One report of one phone. */
export interface PushedPhone {
  readonly packetId: string;
  readonly phone: string;
}

/** A report document that says of each phone that it was delivered. */
export function reportDocument(reports: readonly PushedPhone[]): string {
  const ofPacket = new Map<string, string[]>();
  for (const { packetId, phone } of reports) {
    const line = `<phone><number>${phone}</number><report>3</report><sendTime>20260115120000</sendTime><rcvTime>20260115120001</rcvTime></phone>`;
    const lines = ofPacket.get(packetId);
    if (lines === undefined) ofPacket.set(packetId, [line]);
    else lines.push(line);
  }
  const body = [...ofPacket].map(([id, lines]) => `<dr><id>${id}</id>${lines.join('')}</dr>`).join('');
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<report xmlns="http://Giper.mobi/schema/DeliveryReport">${body}</report>`;
}
