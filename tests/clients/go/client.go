// The AWS SDK for Go v2 as a program that a test drives; tests/client_programs.py has the protocol.
// It is configured by the environment alone, as any program of a user could be.
//
//	client put STREAM | get STREAM | subscribe STREAM CONSUMER
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const (
	keys  = 8
	batch = 10
	poll  = 50 * time.Millisecond
)

var (
	ctx    = context.Background()
	client *kinesis.Client
	stream string

	output sync.Mutex
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func print(line map[string]any) {
	output.Lock()
	defer output.Unlock()
	check(json.NewEncoder(os.Stdout).Encode(line))
}

func printRecords(shard string, records []types.Record) {
	for _, record := range records {
		print(map[string]any{
			"shard":      shard,
			"key":        *record.PartitionKey,
			"data":       string(record.Data),
			"sequence":   *record.SequenceNumber,
			"arrival_ms": record.ApproximateArrivalTimestamp.UnixMilli(),
		})
	}
}

func keyAndData(number int) (*string, []byte) {
	key := fmt.Sprintf("k%d", number%keys)
	return &key, []byte(fmt.Sprintf("%s:%d", key, number))
}

// Each line of input asks for so many records more: the first by PutRecord, the others by
// PutRecords.
func put() {
	total := 0
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		count, err := strconv.Atoi(lines.Text())
		check(err)
		end := total + count
		key, data := keyAndData(total)
		_, err = client.PutRecord(ctx, &kinesis.PutRecordInput{
			StreamName: &stream, PartitionKey: key, Data: data})
		check(err)
		total++
		for total < end {
			var records []types.PutRecordsRequestEntry
			for ; total < end && len(records) < batch; total++ {
				key, data := keyAndData(total)
				records = append(records, types.PutRecordsRequestEntry{PartitionKey: key, Data: data})
			}
			answer, err := client.PutRecords(ctx, &kinesis.PutRecordsInput{
				StreamName: &stream, Records: records})
			check(err)
			if *answer.FailedRecordCount != 0 {
				log.Fatalf("%d records failed", *answer.FailedRecordCount)
			}
		}
		print(map[string]any{"put": total})
	}
}

// Both ways of reading return a shard's children once it has ended.
func getShard(shard string) []types.ChildShard {
	start, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
		StreamName: &stream, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
	check(err)
	iterator := start.ShardIterator
	for {
		answer, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: iterator})
		check(err)
		printRecords(shard, answer.Records)
		iterator = answer.NextShardIterator
		if iterator == nil {
			return answer.ChildShards
		}
		if len(answer.Records) == 0 {
			time.Sleep(poll)
		}
	}
}

func registerConsumer(name string) *string {
	summary, err := client.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{
		StreamName: &stream})
	check(err)
	registered, err := client.RegisterStreamConsumer(ctx, &kinesis.RegisterStreamConsumerInput{
		StreamARN: summary.StreamDescriptionSummary.StreamARN, ConsumerName: &name})
	check(err)
	for {
		described, err := client.DescribeStreamConsumer(ctx, &kinesis.DescribeStreamConsumerInput{
			ConsumerARN: registered.Consumer.ConsumerARN})
		check(err)
		if described.ConsumerDescription.ConsumerStatus == types.ConsumerStatusActive {
			return registered.Consumer.ConsumerARN
		}
		time.Sleep(poll)
	}
}

func subscribeShard(shard string, consumer *string) []types.ChildShard {
	position := &types.StartingPosition{Type: types.ShardIteratorTypeTrimHorizon}
	for {
		answer, err := client.SubscribeToShard(ctx, &kinesis.SubscribeToShardInput{
			ConsumerARN: consumer, ShardId: &shard, StartingPosition: position})
		check(err)
		print(map[string]any{"subscribed": shard})
		events := answer.GetStream()
		var last types.SubscribeToShardEvent
		for event := range events.Events() {
			last = event.(*types.SubscribeToShardEventStreamMemberSubscribeToShardEvent).Value
			printRecords(shard, last.Records)
		}
		check(events.Err())
		if aws.ToString(last.ContinuationSequenceNumber) == "" {
			return last.ChildShards
		}
		position = &types.StartingPosition{Type: types.ShardIteratorTypeAfterSequenceNumber,
			SequenceNumber: last.ContinuationSequenceNumber}
	}
}

// Reads the shards that have no parents, then each shard's children when all their parents ended.
func readAll(readShard func(string) []types.ChildShard) {
	var (
		state   sync.Mutex
		started = map[string]bool{}
		ended   = map[string]bool{}
		readers sync.WaitGroup
		follow  func(string)
	)
	// With `state` held.
	start := func(shard string) {
		started[shard] = true
		readers.Go(func() { follow(shard) })
	}
	follow = func(shard string) {
		children := readShard(shard)
		state.Lock()
		defer state.Unlock()
		ended[shard] = true
		names := []string{}
		for _, child := range children {
			names = append(names, *child.ShardId)
		}
		print(map[string]any{"ended": shard, "children": names})
		for _, child := range children {
			ready := !started[*child.ShardId]
			for _, parent := range child.ParentShards {
				ready = ready && ended[parent]
			}
			if ready {
				start(*child.ShardId)
			}
		}
	}
	listed, err := client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &stream})
	check(err)
	state.Lock()
	for _, shard := range listed.Shards {
		if shard.ParentShardId == nil {
			start(*shard.ShardId)
		}
	}
	state.Unlock()
	readers.Wait()
}

func main() {
	configuration, err := config.LoadDefaultConfig(ctx)
	check(err)
	client = kinesis.NewFromConfig(configuration)
	stream = os.Args[2]
	if os.Args[1] == "put" {
		put()
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	if os.Args[1] == "get" {
		readAll(getShard)
		return
	}
	consumer := registerConsumer(os.Args[3])
	readAll(func(shard string) []types.ChildShard { return subscribeShard(shard, consumer) })
}
