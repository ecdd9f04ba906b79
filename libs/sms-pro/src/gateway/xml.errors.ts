/** Why a document was refused: it is too large, or it is not the XML that was expected. */
export type XmlErrorKind = 'too-large' | 'malformed';

/**
 * A document that was refused. Internal: callers turn it into an error that names the call or the push. Its message never
 * quotes the document.
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
