import type { SmsProConfirmSlot, SmsProTurn, SmsProWork } from '../options/scheduler.js';

/** Works one packet after another, while some are due and `mayContinue()`. Returns the last turn. */
export async function workWhileDue(
  work: Pick<SmsProWork, 'workOne'>,
  mayContinue: () => boolean | Promise<boolean>,
  confirmSlot?: SmsProConfirmSlot,
): Promise<SmsProTurn> {
  for (;;) {
    const turn = await work.workOne(confirmSlot);
    if (!turn.worked || !(await mayContinue())) return turn;
  }
}
