import type { SmsProHold, SmsProTurn, SmsProWork } from '../options/scheduler.js';

/** Works one packet after the other while some are due and `goesOn`. Returns the last turn. */
export async function workWhileDue(
  work: Pick<SmsProWork, 'workOne'>,
  goesOn: () => boolean | Promise<boolean>,
  hold?: SmsProHold,
): Promise<SmsProTurn> {
  for (;;) {
    const turn = await work.workOne(hold);
    if (!turn.worked || !(await goesOn())) return turn;
  }
}
