import { extname } from 'node:path';

/** That of this file: sources in tests, and what was compiled of them in production. */
export const extension = extname(__filename);

/** Has Node compile sources in threads. */
export const execArgv =
  extension === '.ts' ? ['--require', 'ts-node/register/transpile-only'] : [];
