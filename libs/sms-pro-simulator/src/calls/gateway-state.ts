import type { AccountRegistry } from '../account/account-registry.js';
import type { Dials } from '../dials/dials.js';
import type { Ledger } from '../packets/ledger.js';
import type { Lives } from '../packets/life.js';
import type { Packet } from '../packets/packet.js';
import type { PacketStore } from '../packets/packet-store.js';
import type { UsedIds } from '../packets/used-ids.js';

/** The state that the four calls read and change. */
export interface GatewayState {
  readonly accounts: AccountRegistry;
  readonly packets: PacketStore;
  readonly ledger: Ledger;
  readonly seed: number;
  readonly dials: Readonly<Dials>;
  readonly lives: Readonly<Lives>;
  /** Epoch milliseconds of the simulator's clock. */
  now(): number;
  usedIds(login: string): UsedIds;
  /** Called for every accepted packet. */
  accepted(packet: Packet): void;
}
