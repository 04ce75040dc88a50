internal import Domain

extension OriginState {
    /// The origins with which one shares slots, bytes and turns. Failing origins answer, so they share with answering ones.
    var group: OriginState { self == .failing ? .answering : self }
}
