import { createDataSource, migrate, sql } from '@videoapi/database';
import { freshDatabase } from '@videoapi/testing';
import { migrations } from '../src/db/migrations/index.js';
import { BillingService } from '../src/billing.service.js';
it('smoke', async () => {
  const url = await freshDatabase('billing');
  await migrate({ url, schema: 'billing', role: 'videoapi_billing', password: 'x', migrations });
  const service_url = new URL(url); service_url.username='videoapi_billing'; service_url.password='x';
  const source = await createDataSource({ url: service_url.href, poolSize: 5, applicationName: 'billing' }).initialize();
  await sql(source, "insert into price(price_list,model,mode,resolution,audio,credits,units,valid_from) values ('default','m','per_second','720p',null,10,1000,now())");
  await sql(source, "insert into wallet(account_id, low_water) values ('a', 50)");
  await sql(source, "select grant_credits(1, 100, 'paid', 50, null, 'p1', 'me')");
  const b = new BillingService(source);
  console.log(await b.applyBatch([{action:'place',taskId:'t1',accountId:'a',model:'m',params:{resolution:'720p',durationMs:5200,audio:true}},{action:'place',taskId:'t2',accountId:'a',model:'m',params:{resolution:'720p',durationMs:5200,audio:true}},{action:'place',taskId:'t3',accountId:'b',model:'m',params:{resolution:'720p',durationMs:5200,audio:true}}]));
  console.log(await b.applyBatch([{action:'settle',taskId:'t1',accountId:'a',usage:{durationMs:4000}},{action:'release',taskId:'t9',accountId:'a',reason:'x'}, {action:'place',taskId:'t2',accountId:'a',model:'m',params:{resolution:'720p',durationMs:5200,audio:true}}]));
  console.log(await sql(source,'select * from wallet'), await sql(source,'select * from entry'), await sql(source,'select message_id, subject,payload from outbox'));
  await b.onModuleDestroy();
  await source.destroy();
});
