/** Why a document was refused: its size, or its form. */
export type XmlErrorKind = 'too-large' | 'malformed';

/**
 * A document that was refused. Stays inside the package: what faces the user says which call or push it was.
 * Its message never holds a part of the document.
 */
export class XmlError extends Error {
  constructor(
    readonly kind: XmlErrorKind,
    message: string,
  ) {
    super(message);
    this.name = 'XmlError';
  }
}
