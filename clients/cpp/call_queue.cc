#include "clients/cpp/call_queue.h"

#include <pthread.h>

#include "wire/calls/tag.h"

namespace streampair::client {

CallQueue::CallQueue()
    : queue_(std::make_shared<grpc::CompletionQueue>()), thread_([queue = queue_] {
        pthread_setname_np(pthread_self(), "streampair-rpcs");  // At most 15 bytes.
        void* tag;
        bool ok;
        while (queue->Next(&tag, &ok)) static_cast<wire::Tag*>(tag)->Run(ok);
      }) {}

CallQueue::~CallQueue() {
  queue_->Shutdown();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

}  // namespace streampair::client
