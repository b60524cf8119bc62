import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** That of this file: sources in tests, and what was compiled of them in production. */
export const extension = extname(fileURLToPath(import.meta.url));

/** Has Node run sources in threads. */
export const execArgv = extension === '.ts' ? ['--import', 'tsx'] : [];
