import { connect } from 'node:net';

/** Writes a whole request before it reads anything of the answer, as simple clients do. */
export async function writeThenRead(url: string, head: string, body: Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.setEncoding('utf8');
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
    socket.write(head);
    socket.write(body, () => {
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
    });
  });
}

/** Writes bytes as they are to a server, and gives back all that it answers until it, or the end of the answers, closes. */
export async function rawHttp(url: string, request: string, answers = 1): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    const end = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += String(chunk);
      // The 100 of "go on" is no answer yet.
      if (text.split(/HTTP\/1\.1 [2-5]/).length > answers && /\r\n\r\n[^]*$/.test(text)) end();
    });
    socket.once('close', end);
    socket.once('error', reject);
    socket.write(request);
  });
}
