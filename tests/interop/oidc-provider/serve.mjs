// What the servers of these tests have in common.
import { createServer } from 'node:http';

// Serves on 127.0.0.1, on a port that the system picks. `begin` makes the provider of an issuer; then the line `ready ISSUER` is
// printed. Ends when standard input does: the test that started the server is gone, however it ended.
export function serve(begin, answer) {
  const server = createServer(async (request, response) => {
    try {
      await answer(request, response);
    } catch (error) {
      // A test that goes astray sees why.
      response.writeHead(error.statusCode ?? 500, { 'content-type': 'text/plain' }).end(String(error.stack));
    }
  });
  server.listen(0, '127.0.0.1', async () => {
    const issuer = `http://127.0.0.1:${server.address().port}`;
    await begin(issuer);
    console.log(`ready ${issuer}`);
  });
  process.stdin.resume().on('end', () => process.exit(0));
}
