import type { Line } from './line.js';
import { BULK } from './lines/bulk.line.js';
import { CODE_IN_CAMPAIGN } from './lines/code-in-campaign.line.js';
import { CODE } from './lines/code.line.js';
import { CURVE } from './lines/curve.line.js';
import { END_TO_END } from './lines/end-to-end.line.js';
import { ENQUEUE } from './lines/enqueue.line.js';
import { GATEWAY_LATENCY } from './lines/gateway-latency.line.js';
import { PEER } from './lines/peer.line.js';
import { POLL_ROUND } from './lines/poll-round.line.js';
import { REPORTS } from './lines/reports.line.js';
import { START_UP } from './lines/start-up.line.js';
import { STREAM } from './lines/stream.line.js';

/** Every line, in the order of the table. */
export const LINES: readonly Line[] = [
  ENQUEUE,
  BULK,
  END_TO_END,
  PEER,
  GATEWAY_LATENCY,
  CODE,
  CODE_IN_CAMPAIGN,
  REPORTS,
  STREAM,
  POLL_ROUND,
  CURVE,
  START_UP,
];
