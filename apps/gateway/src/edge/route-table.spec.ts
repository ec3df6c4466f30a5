import { RouteTable } from './route-table.js';

it('knows which methods an address takes', () => {
  const table = new RouteTable();
  table.add({ url: '/v1/tasks', method: 'POST' });
  table.add({ url: '/v1/tasks', method: ['GET', 'HEAD'] });
  table.add({ url: '/v1/tasks/:id', method: 'DELETE' });
  table.add({ url: '/media/:id/:file', method: 'GET' });
  expect(table.methodsOf('/v1/tasks?x=/v1/tasks/1')).toEqual(['GET', 'HEAD', 'POST']);
  expect(table.methodsOf('/v1/tasks/1')).toEqual(['DELETE']);
  expect(table.methodsOf('/v1/tasks/1/2')).toEqual([]);
  expect(table.methodsOf('/v1xtasks')).toEqual([]);
  expect(table.methodsOf('/media/1/a.mp4')).toEqual(['GET']);
  expect(table.names()).toEqual([
    'DELETE /v1/tasks/:id',
    'GET /media/:id/:file',
    'GET /v1/tasks',
    'HEAD /v1/tasks',
    'POST /v1/tasks',
  ]);
});
