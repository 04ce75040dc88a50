internal import Dispatch

/// Makes the responses of one server on one thread of its own.
///
/// So clients that ask for much, however many they are, never occupy the threads of other work, and a server responds
/// even while those are busy.
final class ResponseExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "responses")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
