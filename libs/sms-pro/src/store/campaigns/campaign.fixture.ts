import type { TestDatabase } from '../../../../../test/support/test-databases.js';
import { newMessage, TestStore } from '../store.fixture.js';
import type { CampaignChunk, ChunkOutcome } from './campaign-chunk.store.js';
import type { StoredCampaign } from './campaign.store.js';
import type { ChunkMessage, KeyRules } from './chunk-keys.js';

export const CAMPAIGN = 'campaign-1';

/** A request is the same as an earlier one if their texts are. */
export const KEY_RULES: KeyRules = {
  isSame: (message, earlier) => earlier.text === message.text,
  conflict: [{ path: 'idempotencyKey', message: 'was used before' }],
  stopAtConflict: false,
};

/** A campaign in a store, of which nothing is stored yet. */
export class TestCampaign {
  private constructor(readonly store: TestStore) {}

  static async on(database: TestDatabase): Promise<TestCampaign> {
    const store = await TestStore.scratch(database);
    await store.campaigns.begin(CAMPAIGN, null, store.clock.now());
    return new TestCampaign(store);
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  now(): number {
    return this.store.clock.now();
  }

  /** A message of a campaign to these phones. */
  message(messageId: string, phones: readonly string[], changes: Partial<ChunkMessage> = {}): ChunkMessage {
    return { ...newMessage(this.now(), {}, { messageId }), index: 0, phones, idempotency: null, ...changes };
  }

  /** Stores a part of the campaign: its last one, unless `changes` say otherwise. */
  async storeChunk(
    messages: readonly ChunkMessage[],
    changes: Partial<CampaignChunk> = {},
    rules = KEY_RULES,
  ): Promise<ChunkOutcome> {
    const chunk = {
      campaignId: CAMPAIGN,
      from: 0,
      to: messages.length,
      sourceDigest: 'digest',
      messages,
      rejected: [],
      rejectedBefore: [],
      isLast: true,
      now: this.now(),
      ...changes,
    };
    return this.store.chunks.store(chunk, rules);
  }

  /** Stores one message to each list of phones. */
  async given(
    messages: Readonly<Record<string, readonly string[]>>,
    changes: Partial<ChunkMessage> = {},
  ): Promise<ChunkOutcome> {
    return this.storeChunk(
      Object.entries(messages).map(([messageId, phones], index) =>
        this.message(messageId, phones, { index, ...changes }),
      ),
    );
  }

  async find(): Promise<StoredCampaign | null> {
    return this.store.campaigns.find(CAMPAIGN);
  }

  async packets() {
    return this.store.rows(
      'SELECT packet_id, state, recipients, open_recipients, message_id FROM sms_pro_packet ORDER BY created_at, packet_id',
    );
  }

  /** The messages that are complete, in order. */
  async completed(): Promise<unknown[]> {
    const rows = await this.store.rows(
      "SELECT message_id FROM sms_pro_event WHERE name = 'message.completed' ORDER BY event_seq",
    );
    return rows.map((row) => row['message_id']);
  }
}
