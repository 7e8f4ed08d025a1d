#include "core/loop/timer_queue.h"

namespace streampair {

EventLoop::TimerId TimerQueue::Add(MonotonicTime when, EventLoop::Task task) {
  const EventLoop::TimerId id = ++last_id_;
  by_time_.emplace(Key(when, id), std::move(task));
  by_id_.emplace(id, when);
  return id;
}

EventLoop::Task TimerQueue::Take(EventLoop::TimerId id) {
  const auto known = by_id_.find(id);
  if (known == by_id_.end()) return nullptr;
  const auto timer = by_time_.find(Key(known->second, id));
  EventLoop::Task task = std::move(timer->second);
  by_time_.erase(timer);
  by_id_.erase(known);
  return task;
}

void TimerQueue::ListDue(MonotonicTime now, std::vector<EventLoop::TimerId>* due) const {
  for (const auto& [key, task] : by_time_) {
    if (key.first > now || key.first.IsInfinite()) return;
    due->push_back(key.second);
  }
}

MonotonicTime TimerQueue::NextDue() const {
  return by_time_.empty() ? MonotonicTime::Infinite() : by_time_.begin()->first.first;
}

std::vector<EventLoop::Task> TimerQueue::TakeAll() {
  std::vector<EventLoop::Task> tasks;
  for (auto& [key, task] : by_time_) tasks.push_back(std::move(task));
  by_time_.clear();
  by_id_.clear();
  return tasks;
}

}  // namespace streampair
