import dev.streampair.v1.*;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.CountDownLatch;

/** A pair with nothing but generated stubs: sends TEXT, finishes, and prints what comes. */
public final class PlainPair {
  public static void main(String[] args) throws Exception {
    String[] server = args[0].split(":");
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(server[0], Integer.parseInt(server[1])).usePlaintext().build();
    Answers answers = new Answers();
    StreamPairServiceGrpc.newStub(channel).transfer(answers);

    HostTarget host = HostTarget.newBuilder().setName(args[1]).setPort(Integer.parseInt(args[2])).build();
    StreamPairSpec spec = StreamPairSpec.newBuilder().setTarget(Target.newBuilder().setHost(host)).build();
    // The first frame. Window 0: no credits, the transport holds back whoever is too fast.
    answers.send(ClientFrame.newBuilder().setAttach(Attach.newBuilder().setCreate(spec).setWindow(0)));
    answers.send(ClientFrame.newBuilder().setData(
        Data.newBuilder().setPayload(com.google.protobuf.ByteString.copyFromUtf8(args[3]))));
    answers.send(ClientFrame.newBuilder().setFinish(Finish.getDefaultInstance()));

    answers.done.await();
    channel.shutdownNow();
    System.exit(answers.exitCode);
  }

  private static final class Answers implements ClientResponseObserver<TransferRequest, TransferResponse> {
    final CountDownLatch done = new CountDownLatch(1);
    int exitCode = 0;
    private ClientCallStreamObserver<TransferRequest> requests;
    private boolean ended = false;

    @Override
    public void beforeStart(ClientCallStreamObserver<TransferRequest> stream) {
      requests = stream;
    }

    /** Larger uploads wait for requests.isReady() (setOnReadyHandler) before each message: that is back-pressure. */
    synchronized void send(ClientFrame.Builder frame) {
      requests.onNext(TransferRequest.newBuilder().addFrames(frame).build());
    }

    @Override
    public void onNext(TransferResponse response) {
      for (ServerFrame frame : response.getFramesList()) {
        switch (frame.getContentCase()) {
          case DATA -> {
            byte[] bytes = frame.getData().getPayload().toByteArray();
            System.out.write(bytes, 0, bytes.length);
          }
          case PING -> send(ClientFrame.newBuilder().setPong(Pong.newBuilder().setNonce(frame.getPing().getNonce())));
          case END -> {
            ended = true;
            if (frame.getEnd().hasError()) {
              StreamError e = frame.getEnd().getError();
              System.err.printf("%d %d %d %s%n", e.getDomain(), e.getSubdomain(), e.getCode(), e.getMessage());
              exitCode = 1;
            }
            requests.onCompleted(); // The end handshake: half-close, and the RPC's status follows.
          }
          default -> { } // attached, event, finish: of no use here.
        }
      }
      System.out.flush();
    }

    @Override
    public void onError(Throwable error) {
      if (!ended) { // After the end frame a status is noise.
        System.err.println(Status.fromThrowable(error));
        exitCode = 2;
      }
      done.countDown();
    }

    @Override
    public void onCompleted() {
      done.countDown();
    }
  }
}
