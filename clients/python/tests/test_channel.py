"""The protocol of one channel, without any I/O."""

import unittest

from streampair import errors
from streampair._channel import Channel
from streampair._queue import ByteQueue
from streampair._turns import SendTurns
from streampair._window import ReceiveWindow, SendCredit, WindowBudget
from streampair.v1 import error_pb2, event_pb2, frame_pb2, property_pb2, stream_pair_pb2

WINDOW = 1000


def make(number=1, window=WINDOW, unsent_limit=100_000, **attach):
    return Channel(number, frame_pb2.Attach(name="x", **attach), window, unsent_limit, WindowBudget(1 << 20))


def attach(channel, window=1 << 20):
    """Gets the attach frame out and answers it."""
    frames = []
    channel.send_control(frames)
    assert channel.deliver_frame("attached", frame_pb2.ServerFrame(
        attached=frame_pb2.Attached(name="p", window=window))) is None
    event = event_pb2.StreamEvent(type=event_pb2.STREAM_EVENT_TYPE_READY)
    assert channel.deliver_frame("event", frame_pb2.ServerFrame(event=event)) is None
    return frames


def turn(channel, quantum=1 << 20):
    frames = []
    channel.send_turn(quantum, frames)
    return frames


def contents(frames):
    return [frame.WhichOneof("content") for frame in frames]


class WindowTest(unittest.TestCase):
    def test_grants_half_at_once(self):
        window = ReceiveWindow(100, WindowBudget(0))
        self.assertTrue(window.on_data(100, False))
        self.assertFalse(window.on_data(1, False))
        self.assertEqual(window.on_consumed(49, 0), 0)
        self.assertEqual(window.on_consumed(1, 0), 50)
        self.assertEqual(window.credit, 50)

    def test_grows_only_for_a_reader_that_keeps_up(self):
        budget = WindowBudget(150)
        window = ReceiveWindow(100, budget)
        self.assertTrue(window.on_data(100, True))
        self.assertEqual(window.on_consumed(60, 1000), 60)  # Something is unread: no growth.
        self.assertEqual(window.size, 100)
        self.assertEqual(window.on_consumed(40, 1000), 140)
        self.assertEqual(window.size, 200)
        self.assertTrue(window.on_data(200, True))
        self.assertEqual(window.on_consumed(200, 1000), 250)  # The budget is used up.
        self.assertEqual(budget.left, 0)
        window.close()
        self.assertEqual(budget.left, 150)

    def test_credit_never_passes_its_maximum(self):
        credit = SendCredit()
        self.assertFalse(credit.grant(2**31 - 1))
        self.assertTrue(credit.grant(2**31 - 1 - (64 << 10)))
        self.assertFalse(credit.grant(1))


class QueueTest(unittest.TestCase):
    def test_keeps_order_across_pieces_of_all_sizes(self):
        queue, all_bytes = ByteQueue(), b""
        for size in (1, 5000, 10, 10, 4096, 4097, 1, 100_000, 3):
            piece = bytes((size + i) % 251 for i in range(size))
            queue.append(piece)
            all_bytes += piece
        self.assertEqual(len(queue), len(all_bytes))
        taken = b""
        while queue:
            taken += queue.take(777)
        self.assertEqual(taken, all_bytes)

    def test_tiny_pieces_share_a_buffer(self):
        queue = ByteQueue()
        for _ in range(10_000):
            queue.append(b"x")
        self.assertLess(len(queue._pieces), 5)


class ChannelTest(unittest.TestCase):
    def test_attach_comes_first_and_has_the_window(self):
        channel = make()
        channel.write(b"early")
        self.assertFalse(channel.wants_turn)
        frames = attach(channel)
        self.assertEqual(contents(frames), ["attach"])
        self.assertEqual(frames[0].attach.window, WINDOW)
        self.assertEqual(turn(channel)[0].data.payload, b"early")

    def test_sends_only_within_credit_and_says_when_it_starves(self):
        channel = make(unsent_limit=1 << 20)
        attach(channel, window=70_000)
        channel.write(b"x" * 100_000)
        frames = turn(channel)
        self.assertEqual(sum(len(frame.data.payload) for frame in frames), 70_000)
        self.assertTrue(frames[-1].data.starved)
        self.assertFalse(channel.wants_turn)
        self.assertIsNone(channel.deliver_frame("window", frame_pb2.ServerFrame(
            window=frame_pb2.Window(increment=30_000))))
        channel.finish()
        frames = turn(channel)
        self.assertEqual(contents(frames), ["data", "finish"])
        self.assertFalse(frames[0].data.starved)

    def test_a_property_keeps_its_place(self):
        channel = make()
        attach(channel)
        channel.write(b"before")
        number = channel.set_property(property_pb2.Property(no_delay=True), 7)
        channel.write(b"after")
        frames = turn(channel)
        self.assertEqual(contents(frames), ["data", "set_property", "data"])
        self.assertEqual(frames[0].data.payload + frames[2].data.payload, b"beforeafter")
        self.assertEqual(frames[1].set_property.read_offset, 7)
        error = error_pb2.StreamError(domain=1000, code=7)
        channel.deliver_frame("property_result", frame_pb2.ServerFrame(
            property_result=frame_pb2.PropertyResult(id=number, error=error)))
        self.assertEqual(channel.property_results[number].triple, (1000, 0, 7))

    def test_the_servers_faults_are_found(self):
        channel = make()
        attach(channel)
        self.assertEqual(channel.deliver_data(b"x" * (WINDOW + 1), False).code, 10)
        self.assertEqual(channel.deliver_data(b"", False).code, 11)
        window = frame_pb2.ServerFrame(window=frame_pb2.Window(increment=2**31 - 1))
        self.assertEqual(channel.deliver_frame("window", window).code, 10)
        self.assertEqual(channel.deliver_frame("attached", frame_pb2.ServerFrame()).code, 11)
        self.assertIsNone(channel.deliver_frame("finish", frame_pb2.ServerFrame()))
        self.assertEqual(channel.deliver_data(b"x", False).code, 11)
        self.assertEqual(channel.deliver_frame("finish", frame_pb2.ServerFrame()).code, 11)

    def test_bytes_come_before_the_error_and_the_error_stays(self):
        channel = make()
        attach(channel)
        channel.deliver_data(b"last", False)
        error = error_pb2.StreamError(domain=1, code=104)
        channel.deliver_frame("end", frame_pb2.ServerFrame(end=frame_pb2.End(error=error)))
        self.assertEqual(channel.read(100, 0), b"last")
        for _ in range(2):
            with self.assertRaises(ConnectionResetError):
                channel.read(100, 0)
        self.assertIsInstance(channel.write_error(), ConnectionResetError)

    def test_an_orderly_end_stays_one(self):
        channel = make()
        attach(channel)
        channel.deliver_frame("finish", frame_pb2.ServerFrame())
        error = error_pb2.StreamError(domain=1, code=32)
        channel.deliver_frame("end", frame_pb2.ServerFrame(end=frame_pb2.End(error=error)))
        self.assertEqual(channel.read(100, 0), b"")

    def test_no_credit_is_granted_once_the_target_has_finished(self):
        channel = make()
        attach(channel)
        channel.deliver_data(b"x" * WINDOW, False)
        channel.deliver_frame("finish", frame_pb2.ServerFrame())
        channel.read(WINDOW, 0)
        self.assertFalse(channel.wants_control)

    def test_abandoned_unsent_bytes_go_and_then_the_fin(self):
        channel = make()
        attach(channel)
        channel.write(b"bye")
        channel.abandon()
        self.assertEqual(contents(turn(channel)), ["data", "finish"])
        self.assertFalse(channel.wants_control)
        channel.deliver_data(b"what nobody reads", False)
        frames = []
        channel.send_control(frames)
        self.assertEqual(contents(frames), ["reset"])

    def test_abandoned_before_it_was_open_it_resets(self):
        channel = make()
        channel.send_control([])
        channel.abandon()
        frames = []
        channel.send_control(frames)
        self.assertEqual(contents(frames), ["reset"])

    def test_one_half_alone(self):
        channel = make(halves=stream_pair_pb2.HALF_READ)
        self.assertTrue(channel.write_over)
        channel = make(halves=stream_pair_pb2.HALF_WRITE)
        self.assertEqual(channel.read(1, 0), b"")


class TurnsTest(unittest.TestCase):
    def test_everyone_gets_the_same_share(self):
        channels = {number: make(number, unsent_limit=1 << 20) for number in range(1, 9)}
        turns = SendTurns()
        for channel in channels.values():
            attach(channel)
            channel.write(b"x" * (1 << 20))
            turns.note(channel)
        sent = {number: 0 for number in channels}

        def served(channel, size):
            sent[channel.number] += size

        frames = turns.fill(channels.get, served)
        self.assertEqual(set(sent.values()), {64 << 10})
        self.assertLess(sum(frame.ByteSize() for frame in frames), 1 << 20)

    def test_control_frames_overtake_data(self):
        channels = {1: make(1), 2: make(2)}
        turns = SendTurns()
        attach(channels[1])
        channels[1].write(b"data")
        turns.note(channels[1])
        turns.note(channels[2])
        self.assertEqual(contents(turns.fill(channels.get, lambda *_: None)), ["attach", "data"])

    def test_a_channel_that_is_gone_is_left_out(self):
        turns = SendTurns()
        turns.note(make(1))
        self.assertEqual(turns.fill(lambda _: None, lambda *_: None), [])


class ErrorsTest(unittest.TestCase):
    def test_text_and_classes(self):
        import pickle
        import socket
        import ssl
        proto = error_pb2.StreamError(domain=1, code=111, symbol="ECONNREFUSED", stage=5, reason=7,
                                      address="127.0.0.1:9", message="the text")
        error = errors.make(proto)
        self.assertIsInstance(error, ConnectionRefusedError)
        self.assertEqual(error.errno, 111)
        self.assertEqual(str(error), "ECONNREFUSED (POSIX, 0, 111) at stage connect, connection_refused, "
                                     "127.0.0.1:9: the text")
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), again.triple, again.stage), (type(error), error.triple, "connect"))
        self.assertIsInstance(errors.make(error_pb2.StreamError(domain=12, code=-2)), socket.gaierror)
        self.assertIsInstance(errors.make(error_pb2.StreamError(domain=3, code=-9843)), ssl.SSLError)
        self.assertEqual(str(errors.make(error_pb2.StreamError(domain=77, code=5))), "(77, 0, 5)")
        self.assertIsInstance(errors.timed_out(), TimeoutError)


if __name__ == "__main__":
    unittest.main()
