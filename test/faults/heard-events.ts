import { readFile } from 'node:fs/promises';

/** Reads from the handlers' file how often each event was heard, by its id, in the order of the file. */
export async function readHeardEvents(file: string): Promise<Map<string, number>> {
  const heard = new Map<string, number>();
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [eventId] = line.split(' ');
    if (eventId) heard.set(eventId, (heard.get(eventId) ?? 0) + 1);
  }
  return heard;
}
