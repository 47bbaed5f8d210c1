// The embedded DynamoDB-compatible store, behind a check of every request's signature.
//
// dynalite checks no signatures, and a notebook's kernel can reach loopback ports. So each request
// must be signed (AWS Signature Version 4) with the key of this installation, which only the hub,
// its API service and its worker hold.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'

const { STORE_MODULES, STORE_PATH, STORE_PORT, STORE_ACCESS_KEY, STORE_SECRET_KEY } = process.env
const dynalite = createRequire(STORE_MODULES + '/')('dynalite')
const LARGEST_REQUEST = 16 * 1024 * 1024
const MINUTES_15 = 15 * 60 * 1000

const sha256 = (data) => createHash('sha256').update(data).digest('hex')
const hmac = (key, data) => createHmac('sha256', key).update(data).digest()

function parseAuthorization (header = '') {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(header)
  if (!match) return null
  const [key, day, region, service, end] = match[1].split('/')
  return { key, day, region, service, end, signed: match[2].split(';'), signature: match[3] }
}

function expectedSignature (request, body, given) {
  const headers = given.signed.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`).join('')
  const [path, query = ''] = request.url.split('?')
  const canonical = [request.method, path, query, headers, given.signed.join(';'), sha256(body)].join('\n')
  const scope = [given.day, given.region, given.service, given.end].join('/')
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const parts = [given.day, given.region, given.service, given.end]
  return hmac(parts.reduce(hmac, 'AWS4' + STORE_SECRET_KEY), text).toString('hex')
}

function isFresh (stamp = '') {
  const iso = stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
  return Math.abs(Date.now() - Date.parse(iso)) < MINUTES_15
}

function isSigned (request, body) {
  const given = parseAuthorization(request.headers.authorization)
  if (!given || given.key !== STORE_ACCESS_KEY || !isFresh(request.headers['x-amz-date'])) return false
  if (!['host', 'x-amz-date', 'x-amz-target'].every((name) => given.signed.includes(name))) return false
  const expected = expectedSignature(request, body, given)
  return timingSafeEqual(Buffer.from(expected), Buffer.from(given.signature))
}

function refuse (response) {
  const type = 'com.amazon.coral.service#UnrecognizedClientException'
  response.writeHead(400, { 'Content-Type': 'application/x-amz-json-1.0' })
  response.end(JSON.stringify({ __type: type, message: 'The request is not signed with the key of this store.' }))
}

async function readBody (request) {
  const parts = []
  let size = 0
  for await (const part of request) {
    size += part.length
    if (size > LARGEST_REQUEST) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function replay (request, body) {
  const { method, url, headers } = request
  return Object.assign(Readable.from(body.length ? [body] : []), { method, url, headers })
}

const server = dynalite({ path: STORE_PATH, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
const [answer] = server.listeners('request')
server.removeAllListeners('request')
server.on('request', async (request, response) => {
  try {
    if (request.method === 'GET' && request.url === '/') return response.end('ready')
    const body = await readBody(request)
    if (body === null || !isSigned(request, body)) return refuse(response)
    answer(replay(request, body), response)
  } catch (error) {
    console.error(error)
    if (!response.headersSent) refuse(response)
  }
})
server.keepAliveTimeout = 65_000
server.listen(Number(STORE_PORT), '127.0.0.1', () => console.log(`store listens on 127.0.0.1:${STORE_PORT}`))
for (const name of ['SIGTERM', 'SIGINT']) {
  process.on(name, () => {
    server.close(() => process.exit(0))
    server.closeAllConnections()
  })
}
