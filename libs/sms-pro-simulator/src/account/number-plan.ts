/** What `/api/def` answers for phones that begin with a prefix. */
export interface NumberPlanRule {
  /** First digits of the 12, such as `99655`. The longest prefix that matches is used. */
  prefix: string;
  /** Passed through unchanged. */
  region: string;
  operator: string;
  /** Hours east of Greenwich; -1 means that the gateway does not know. */
  timezone: number;
}

/** Enough of Kyrgyzstan's mobile numbers to try the call; `99699…` has an unknown timezone. */
export const DEFAULT_NUMBER_PLAN: readonly NumberPlanRule[] = [
  { prefix: '99655', region: 'Бишкек,Бишкек', operator: 'MegaCom', timezone: 6 },
  { prefix: '99675', region: 'Ош,Ош', operator: 'MegaCom', timezone: 6 },
  { prefix: '99699', region: 'Кыргызстан', operator: 'MegaCom', timezone: -1 },
  { prefix: '99677', region: 'Бишкек,Бишкек', operator: 'Beeline', timezone: 6 },
  { prefix: '99622', region: 'Чуйская область,Токмок', operator: 'Beeline', timezone: 6 },
  { prefix: '99670', region: 'Бишкек,Бишкек', operator: 'O!', timezone: 6 },
  { prefix: '99650', region: 'Джалал-Абадская область,Джалал-Абад', operator: 'O!', timezone: 6 },
];

/** The rule with the longest prefix of the phone, or null. */
export function findInPlan(plan: readonly NumberPlanRule[], phone: string): NumberPlanRule | null {
  let found: NumberPlanRule | null = null;
  for (const rule of plan) {
    if (phone.startsWith(rule.prefix) && rule.prefix.length > (found?.prefix.length ?? -1)) found = rule;
  }
  return found;
}
