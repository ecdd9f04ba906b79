/** A report document as the gateway pushes it: one packet, one entry for each phone. */
export function reportXml(packetId: string, codes: Readonly<Record<string, string>>): string {
  const phones = Object.entries(codes).map(
    ([phone, code]) =>
      `<phone><number>${phone}</number><report>${code}</report><sendTime>20260115120000</sendTime><rcvTime>20260115120001</rcvTime></phone>`,
  );
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<report xmlns="http://Giper.mobi/schema/DeliveryReport"><dr><id>${packetId}</id>${phones.join('')}</dr></report>`;
}
