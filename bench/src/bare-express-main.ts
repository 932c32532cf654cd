/** A process with an Express handler that reads JSON and answers 202, and nothing else: the most that `POST /events` could do. Run with a port. */
import express from 'express';

const app = express().disable('x-powered-by').disable('etag');
app.get('/', (_request, response) => {
  response.json({});
});
app.post('/events', express.json(), (_request, response) => {
  response.status(202).json({ id: '01a20cde-8ad1-73e7-82bb-2e830c7b8e20' });
});
app.listen(Number(process.argv[2]), '127.0.0.1');
process.once('SIGTERM', () => process.exit(0));
