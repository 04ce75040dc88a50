internal import Domain

extension OriginState {
    /// The group with which an origin shares slots, bytes and turns. Failing origins answer, so they belong to the
    /// group of answering ones.
    var group: OriginState { self == .failing ? .answering : self }
}
