import { Module } from '@nestjs/common';
import { AppController } from './app.controller';
import { AppService } from './app.service';
import { SumsService } from './sums.service';

@Module({
  imports: [],
  controllers: [AppController],
  providers: [AppService, SumsService],
})
export class AppModule {}
