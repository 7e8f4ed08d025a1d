#include "core/loop/watch_table.h"

#include <utility>

#include "core/base/check.h"

namespace streampair {
namespace {

// Generations start at 1, so that no id is 0. One of them lasts for 2^32 watches of one
// slot, which is years at a hundred a second.
EventLoop::WatchId MakeId(uint32_t generation, uint32_t index) {
  return (uint64_t{generation} << 32) | index;
}

uint32_t IndexOf(EventLoop::WatchId id) { return static_cast<uint32_t>(id); }
uint32_t GenerationOf(EventLoop::WatchId id) { return static_cast<uint32_t>(id >> 32); }

}  // namespace

EventLoop::WatchId WatchTable::Add(int fd, std::shared_ptr<FdHandler> handler) {
  SP_CHECK(handler != nullptr);
  absl::MutexLock lock(&mutex_);
  uint32_t index;
  if (free_.empty()) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[index];
  if (++slot.generation == 0) slot.generation = 1;
  slot.fd = fd;
  slot.handler = std::move(handler);
  return MakeId(slot.generation, index);
}

std::shared_ptr<FdHandler> WatchTable::Find(EventLoop::WatchId id) const {
  absl::MutexLock lock(&mutex_);
  const Slot* slot = FindSlot(id);
  return slot == nullptr ? nullptr : slot->handler;
}

std::optional<WatchTable::Removed> WatchTable::Remove(EventLoop::WatchId id) {
  absl::MutexLock lock(&mutex_);
  if (FindSlot(id) == nullptr) return std::nullopt;
  return Free(IndexOf(id));
}

std::vector<WatchTable::Removed> WatchTable::RemoveAll() {
  std::vector<Removed> removed;
  absl::MutexLock lock(&mutex_);
  for (uint32_t index = 0; index < slots_.size(); ++index) {
    if (slots_[index].handler != nullptr) removed.push_back(Free(index));
  }
  return removed;
}

size_t WatchTable::size() const {
  absl::MutexLock lock(&mutex_);
  return slots_.size() - free_.size();
}

const WatchTable::Slot* WatchTable::FindSlot(EventLoop::WatchId id) const {
  const uint32_t index = IndexOf(id);
  if (index >= slots_.size()) return nullptr;
  const Slot& slot = slots_[index];
  return slot.handler != nullptr && slot.generation == GenerationOf(id) ? &slot : nullptr;
}

WatchTable::Removed WatchTable::Free(uint32_t index) {
  Slot& slot = slots_[index];
  free_.push_back(index);
  return {std::exchange(slot.fd, -1), std::exchange(slot.handler, nullptr)};
}

}  // namespace streampair
