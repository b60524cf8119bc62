import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';
import { AppService } from './app.service.js';
import { SumsService } from './sums.service.js';

@Module({
  imports: [],
  controllers: [AppController],
  providers: [AppService, SumsService],
})
export class AppModule {}
