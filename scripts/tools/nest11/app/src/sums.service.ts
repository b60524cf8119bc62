import { join } from 'node:path';
import { Injectable, OnApplicationShutdown } from '@nestjs/common';
import { Reactor, ReactorPool } from 'rx-crochet';
import { of } from 'rxjs';
import { execArgv, extension } from './sources';

@Injectable()
export class SumsService implements OnApplicationShutdown {
  private readonly reactor = new Reactor();
  private readonly pool: ReactorPool<number, number>;

  constructor() {
    this.reactor.expose('math', { double: (x: number) => of(2 * x) });
    const filename = join(__dirname, `sums.worker${extension}`);
    this.pool = this.reactor.createPool({ filename, execArgv, maxThreads: 1 });
  }

  double(x: number): Promise<number> {
    return this.pool.run(x);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reactor.stop();
  }
}
