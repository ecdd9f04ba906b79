import { SmsProService } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { bareMessage } from '../floors/bare-rows.js';
import { migratedBareStore } from '../floors/migrated.js';
import type { Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';
import { atOnce, ratePerSecond } from '../measure.js';
import { bootPeer } from '../peers/boot-peer.js';
import { phones } from '../phones.js';

const AT_ONCE = 50;
const TEXT = 'Your order is ready';

/** `send()` one by one, compared with a bare transaction of one row in each table. */
export const ENQUEUE: Benchmark = {
  name: 'enqueue',
  title: 'Enqueue one by one, 50 at a time',
  databases: DATABASE_NAMES,
  rows: () => [
    { figure: 'rate', what: 'send(), 50 at a time', unit: 'sends/s', targets: [{ is: 'of-floor', least: 0.6 }] },
  ],
  async prepare(context) {
    const app = await bootHost(context, { dispatch: { enabled: false } });
    const sms = app.get(SmsProService);
    const bare = await migratedBareStore(context);
    const peer = await bootPeer(context, { works: false });
    const sends = context.amount(5_000, 300);
    const peerSends = context.amount(1_000, 100);
    return {
      ours: async () => ({
        rate: await ratePerSecond(sends, () => atOnce(phones(sends), AT_ONCE, (to) => sms.send({ to, text: TEXT }))),
      }),
      floor: async () => {
        const rows = phones(sends).map((phone) => bareMessage([phone], TEXT));
        return { rate: await ratePerSecond(sends, () => atOnce(rows, AT_ONCE, (one) => bare.storeOne(one))) };
      },
      peer:
        peer &&
        (async () => ({
          rate: await ratePerSecond(peerSends, () =>
            atOnce(phones(peerSends), AT_ONCE, (phone) => peer.sms.send(phone, TEXT)),
          ),
        })),
    };
  },
};
