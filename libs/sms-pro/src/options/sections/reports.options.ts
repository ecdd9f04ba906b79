import { ArrayUnique, IsArray, IsBoolean, IsInt, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

/** How pushed reports are received. */
export class ReportsOptions {
  /** Whether this process has the report route. @default true */
  @IsBoolean()
  enabled = true;

  /**
   * One secret or several: the path of a push must end with one of them. 16 to 100 characters of `A-Z a-z 0-9 _ -`;
   * Fastify answers 414 to a longer one. @default none: the path has no secret
   */
  @IsOptional()
  @Matches(/^[\w-]{16,100}$/, { each: true, message: 'must be 16 to 100 letters, digits, _ or -' })
  secret?: string | readonly string[];

  /**
   * IPv4 or IPv6 addresses or CIDR ranges that may push. Behind a proxy the application must trust that proxy
   * (`trust proxy`), or only the proxy's address is seen. @default any address
   */
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @ArrayUnique()
  allowedIps?: readonly string[];

  /** Size of one push in bytes, unpacked, at most. @default 1048576 */
  @IsInt()
  @Min(1_024)
  @Max(64 * 1_048_576)
  maxBodyBytes = 1_048_576;

  /** Phones in one push, at most. @default 10000 */
  @IsInt()
  @Min(1)
  maxEntries = 10_000;

  /** Treat a push as a hint only: nothing changes until `/api/dr` reports the same. @default false */
  @IsBoolean()
  confirm = false;
}
