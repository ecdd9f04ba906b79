/** A push whose body cannot be read, with the HTTP status to answer. */
export class ReportBodyError extends Error {
  constructor(
    readonly httpStatus: 400 | 408 | 413 | 415,
    message: string,
  ) {
    super(message);
    this.name = 'ReportBodyError';
  }

  static tooLarge(maxBytes: number): ReportBodyError {
    return new ReportBodyError(413, `The push has more than ${maxBytes} bytes.`);
  }

  static incomplete(): ReportBodyError {
    return new ReportBodyError(400, 'The connection was closed before the whole push had arrived.');
  }
}
