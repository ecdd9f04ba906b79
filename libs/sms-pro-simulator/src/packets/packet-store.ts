import type { Dials } from '../dials/dials.js';
import type { Packet } from './packet.js';

/** The packets that `/api/dr` can find: accepted ones, by account and id. */
export class PacketStore {
  /** One id can have several packets if repeated ids are not blocked. The first entry of the map is the oldest. */
  private readonly byKey = new Map<string, Packet[]>();
  private size = 0;

  constructor(private readonly maxPackets: number) {}

  add(packet: Packet, dials: Readonly<Dials>): void {
    const key = keyOf(packet.login, packet.id, dials);
    const known = this.byKey.get(key);
    if (known === undefined) this.byKey.set(key, [packet]);
    else known.push(packet);
    this.size += 1;
    this.forgetOldest();
  }

  /** The packets of an id for which `/api/dr` has reports at this instant. */
  find(login: string, id: string, dials: Readonly<Dials>, now: number): Packet[] {
    const packets = this.byKey.get(keyOf(login, id, dials)) ?? [];
    return packets.filter(
      ({ acceptedAt }) =>
        now >= acceptedAt + dials.drRegistrationDelayMs &&
        (dials.drMemoryMs === null || now <= acceptedAt + dials.drMemoryMs),
    );
  }

  all(): Packet[] {
    return [...this.byKey.values()].flat();
  }

  private forgetOldest(): void {
    while (this.size > this.maxPackets) {
      const oldest = this.byKey.entries().next().value;
      if (oldest === undefined) return;
      this.byKey.delete(oldest[0]);
      this.size -= oldest[1].length;
    }
  }
}

function keyOf(login: string, id: string, dials: Readonly<Dials>): string {
  return `${login}\n${dials.idCaseSensitive ? id : id.toLowerCase()}`;
}
