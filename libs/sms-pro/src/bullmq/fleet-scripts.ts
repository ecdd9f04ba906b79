/**
 * What is decided in Redis, each in one atomic step. The hash `fleet` holds the server on which the slots are counted
 * (`run`), the name of that count (`generation`), and whether requests may begin (`open`).
 *
 * BullMQ counts the active jobs, but a server that was emptied, restarted or replaced by a replica has forgotten some or
 * all of them, and the limit too. No request may begin there until those in flight have been counted in the database. So
 * a slot belongs to a generation, and a generation to one run of one server.
 */

/** The id of the running server, which changes at each restart and failover; and whether a generation is its current one. */
const RUN = `
local function run()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
end
local function current(fleet, generation)
  local known = redis.call('HMGET', fleet, 'generation', 'run')
  return known[1] == generation and known[2] == run()
end
`;

/** Sets BullMQ's own limit: the ceiling minus the packets that were in flight before this generation and still are. */
const LIMIT = `
local function limit(fleet, earlier, meta)
  local max = tonumber(redis.call('HGET', fleet, 'ceiling')) - redis.call('SCARD', earlier)
  redis.call('HSET', meta, 'concurrency', max)
end
`;

/** A script, and how many keys it takes. */
export interface FleetScript {
  readonly numberOfKeys: number;
  readonly lua: string;
}

export const FLEET_SCRIPTS = {
  /**
   * KEYS fleet, earlier, meta, turn of the sweep. ARGV name for a new generation, ceiling, whether to set the ceiling,
   * ms of a turn, whether to begin a new generation. Returns the generation, whether it is open, whether this process
   * sweeps now, and the packets that were in flight before the generation.
   */
  smsProLook: {
    numberOfKeys: 4,
    lua: `${RUN}${LIMIT}
local known = redis.call('HMGET', KEYS[1], 'generation', 'run')
if not known[1] or known[2] ~= run() or ARGV[5] == '1' then
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'run', run(), 'open', '0', 'ceiling', ARGV[2])
elseif ARGV[3] == '1' then
  redis.call('HSET', KEYS[1], 'ceiling', ARGV[2])
end
limit(KEYS[1], KEYS[2], KEYS[3])
local sweep = redis.call('SET', KEYS[4], '1', 'NX', 'PX', ARGV[4])
local seen = redis.call('HMGET', KEYS[1], 'generation', 'open')
return { seen[1], seen[2], sweep and 1 or 0, redis.call('SMEMBERS', KEYS[2]) }`,
  },
  /**
   * KEYS fleet, earlier, meta. ARGV generation, leased packets. Opens the generation with one slot less for each of these
   * packets, unless they alone reach the ceiling. Returns whether it did.
   */
  smsProOpen: {
    numberOfKeys: 3,
    lua: `${RUN}${LIMIT}
if not current(KEYS[1], ARGV[1]) or redis.call('HGET', KEYS[1], 'open') == '1' then return 0 end
if #ARGV - 1 >= tonumber(redis.call('HGET', KEYS[1], 'ceiling')) then return 0 end
for at = 2, #ARGV do redis.call('SADD', KEYS[2], ARGV[at]) end
limit(KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'open', '1')
return 1`,
  },
  /** KEYS fleet, earlier, meta. ARGV generation, packets that are no longer leased. Frees their slots. */
  smsProSettled: {
    numberOfKeys: 3,
    lua: `${RUN}${LIMIT}
if not current(KEYS[1], ARGV[1]) then return 0 end
for at = 2, #ARGV do redis.call('SREM', KEYS[2], ARGV[at]) end
limit(KEYS[1], KEYS[2], KEYS[3])
return 1`,
  },
  /**
   * KEYS fleet, lock of the job. ARGV generation, token, ms. Whether the slot still belongs to this worker; if so, it
   * keeps it for so many ms, even if it is suspended.
   */
  smsProConfirmSlot: {
    numberOfKeys: 2,
    lua: `${RUN}
if not current(KEYS[1], ARGV[1]) or redis.call('HGET', KEYS[1], 'open') ~= '1' then return 0 end
if redis.call('GET', KEYS[2]) ~= ARGV[2] then return 0 end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1`,
  },
  /** KEYS fleet, wait. Returns the generation if it is open, else an empty string; and how many jobs wait. */
  smsProPeek: {
    numberOfKeys: 2,
    lua: `${RUN}
local known = redis.call('HMGET', KEYS[1], 'generation', 'run', 'open')
local open = known[1] and known[2] == run() and known[3] == '1'
return { open and known[1] or '', redis.call('LLEN', KEYS[2]) }`,
  },
  /** KEYS turn. ARGV ms. Whether this process gets the turn: one process of the fleet gets it in so many ms. */
  smsProTurn: {
    numberOfKeys: 1,
    lua: `return redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) and 1 or 0`,
  },
} as const satisfies Readonly<Record<string, FleetScript>>;

export type FleetScriptName = keyof typeof FLEET_SCRIPTS;
