// Answers every request with a stream without end: much at once, then more as long as the reader takes it. In a process
// of its own, so that its memory does not count.
import { createServer } from 'node:http'

const chunk = (content) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
const more = Buffer.from(Array.from({ length: 100 }, (_, index) => chunk(`word ${index} `)).join(''))
const much = Buffer.concat(new Array(35).fill(more))

const server = createServer((request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(much)
  const writing = setInterval(() => response.writableNeedDrain || response.write(more), 1000)
  response.on('close', () => {
    clearInterval(writing)
    process.send('closed')
  })
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => process.send(server.address().port))
