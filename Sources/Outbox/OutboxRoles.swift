/// All roles of an outbox. Each stage knows only the role that it uses.
package typealias OutboxRoles = AcceptanceStore & DeliveryStore & HistoryStore & MaintenanceStore
