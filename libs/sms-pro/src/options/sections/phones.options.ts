import { IsInt, Matches, Max, Min } from 'class-validator';

/** Which phone numbers are valid. The default is for Kyrgyzstan; the gateway has sister hosts for other countries. */
export class PhonesOptions {
  /** Country code without `+`. @default '996' */
  @Matches(/^[1-9]\d{0,2}$/, { message: 'must be 1 to 3 digits such as "996"' })
  countryCode = '996';

  /** Digits after the country code. @default 9 */
  @IsInt()
  @Min(4)
  @Max(14)
  nationalDigits = 9;
}
