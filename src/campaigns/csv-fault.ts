/** What is wrong with an uploaded file, and how to fix it. */
export class CsvFault extends Error {
  constructor(
    message: string,
    /** Line of the file, from 1, where it is known. */
    readonly line?: number,
  ) {
    super(message);
  }
}
