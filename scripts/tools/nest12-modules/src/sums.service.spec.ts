import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Test, TestingModule } from '@nestjs/testing';
import { blocking, setup } from 'rx-crochet/caller';
import { execArgv, extension } from './sources.js';
import { SumsService } from './sums.service.js';

describe('SumsService', () => {
  it('has a thread call a function of the main loop', async () => {
    const module: TestingModule = await Test.createTestingModule({
      providers: [SumsService],
    }).compile();
    const service = module.get<SumsService>(SumsService);
    expect(await service.double(21)).toBe(42);
    await module.close();
  });
});

describe('setup()', () => {
  it('serves synchronous code', () => {
    const reactor = setup({ execArgv });
    const url = pathToFileURL(join(import.meta.dirname, `math${extension}`));
    const math = blocking<typeof import('./math.js')>(url, { timeout: 10_000 });
    expect(math.double(21)).toBe(42);
    reactor.stop();
  });
});
