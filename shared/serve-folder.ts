// Serves the files of a folder on this machine.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/** What a server has beside the files of a folder, by its path. */
export interface Served {
  text: string;
  headers?: Record<string, string>;
}

interface Options {
  served?: Readonly<Record<string, Served>>;
  /** Beginnings of paths that lead to the same files as without them. */
  aliases?: RegExp;
  /** 0, the default, for a free one. */
  port?: number;
}

export interface FolderServer {
  readonly port: number;
  close(): void;
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

export async function serveFolder(folder: string, { served = {}, aliases, port = 0 }: Options): Promise<FolderServer> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const path = aliases ? pathname.replace(aliases, '/') : pathname;
    const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
    if (Object.hasOwn(served, path)) {
      const { text, headers } = served[path];
      response.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? TYPES['.html'], ...headers }).end(text);
    } else if (isFile(file)) {
      response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
      createReadStream(file).pipe(response);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
