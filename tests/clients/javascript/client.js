// The AWS SDK for JavaScript v3 as a program that a test drives; tests/client_programs.py has the
// protocol. It is configured by the environment alone, as any program of a user could be.
//
//   node client.js put STREAM | get STREAM | subscribe STREAM CONSUMER

import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

import {
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";

const KEYS = 8;
const BATCH = 10;
const POLL_MS = 50;

const [mode, stream, consumerName] = process.argv.slice(2);
const client = new KinesisClient();

function print(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

function printRecords(shard, records) {
  for (const record of records) {
    print({
      shard,
      key: record.PartitionKey,
      data: Buffer.from(record.Data).toString(),
      sequence: record.SequenceNumber,
      arrival_ms: record.ApproximateArrivalTimestamp.getTime(),
    });
  }
}

function entry(number) {
  const key = `k${number % KEYS}`;
  return { PartitionKey: key, Data: Buffer.from(`${key}:${number}`) };
}

// Each line of input asks for so many records more: the first by PutRecord, the others by PutRecords.
async function put() {
  let total = 0;
  for await (const line of createInterface({ input: process.stdin })) {
    const end = total + Number(line);
    await client.send(new PutRecordCommand({ StreamName: stream, ...entry(total++) }));
    while (total < end) {
      const count = Math.min(BATCH, end - total);
      const Records = Array.from({ length: count }, (_, index) => entry(total + index));
      const answer = await client.send(new PutRecordsCommand({ StreamName: stream, Records }));
      if (answer.FailedRecordCount) throw new Error(JSON.stringify(answer.Records));
      total += count;
    }
    print({ put: total });
  }
}

// Both ways of reading return a shard's children once it has ended.
async function getShard(shard) {
  let { ShardIterator: iterator } = await client.send(
    new GetShardIteratorCommand({
      StreamName: stream,
      ShardId: shard,
      ShardIteratorType: "TRIM_HORIZON",
    }),
  );
  for (;;) {
    const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
    printRecords(shard, answer.Records);
    iterator = answer.NextShardIterator;
    if (!iterator) return answer.ChildShards;
    if (!answer.Records.length) await setTimeout(POLL_MS);
  }
}

async function registerConsumer() {
  const { StreamDescriptionSummary: summary } = await client.send(
    new DescribeStreamSummaryCommand({ StreamName: stream }),
  );
  const { Consumer: consumer } = await client.send(
    new RegisterStreamConsumerCommand({ StreamARN: summary.StreamARN, ConsumerName: consumerName }),
  );
  for (;;) {
    const { ConsumerDescription: description } = await client.send(
      new DescribeStreamConsumerCommand({ ConsumerARN: consumer.ConsumerARN }),
    );
    if (description.ConsumerStatus === "ACTIVE") return consumer.ConsumerARN;
    await setTimeout(POLL_MS);
  }
}

async function subscribeShard(shard, consumer) {
  let position = { Type: "TRIM_HORIZON" };
  for (;;) {
    const answer = await client.send(
      new SubscribeToShardCommand({
        ConsumerARN: consumer,
        ShardId: shard,
        StartingPosition: position,
      }),
    );
    print({ subscribed: shard });
    let last;
    for await (const { SubscribeToShardEvent: event } of answer.EventStream) {
      if (!event) continue;
      printRecords(shard, event.Records);
      last = event;
    }
    if (!last?.ContinuationSequenceNumber) return last?.ChildShards;
    position = { Type: "AFTER_SEQUENCE_NUMBER", SequenceNumber: last.ContinuationSequenceNumber };
  }
}

// Reads the shards that have no parents, then each shard's children when all their parents ended.
async function readAll(readShard) {
  const started = new Set();
  const ended = new Set();
  const follow = async (shard) => {
    started.add(shard);
    const children = (await readShard(shard)) ?? [];
    ended.add(shard);
    print({ ended: shard, children: children.map((child) => child.ShardId) });
    const ready = children.filter(
      (child) =>
        !started.has(child.ShardId) && child.ParentShards.every((parent) => ended.has(parent)),
    );
    await Promise.all(ready.map((child) => follow(child.ShardId)));
  };
  const { Shards: shards } = await client.send(new ListShardsCommand({ StreamName: stream }));
  const roots = shards.filter((shard) => !shard.ParentShardId);
  await Promise.all(roots.map((shard) => follow(shard.ShardId)));
}

if (mode === "put") {
  await put();
} else {
  process.stdin.on("end", () => process.exit(0)).resume();
  if (mode === "get") {
    await readAll(getShard);
  } else {
    const consumer = await registerConsumer();
    await readAll((shard) => subscribeShard(shard, consumer));
  }
}
