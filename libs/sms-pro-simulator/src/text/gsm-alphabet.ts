/** The default alphabet of GSM 03.38, without the escape character. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';

/** The extension table: each of these is sent as the escape character and one more character. */
const EXTENSION = '\f^{}\\[~]|€';

export const GSM_BASIC: ReadonlySet<string> = new Set(BASIC);
export const GSM_EXTENSION: ReadonlySet<string> = new Set(EXTENSION);
