using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "data_protection_keys",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    friendly_name = table.Column<string>(type: "TEXT", nullable: true),
                    xml = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_data_protection_keys", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "issuers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<byte[]>(type: "BLOB", maxLength: 1000, nullable: false),
                    display_name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    taken_over = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_issuers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "sessions",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    cookie_secret_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    purpose = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    return_to = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: true),
                    language = table.Column<string>(type: "TEXT", maxLength: 10, nullable: false),
                    check_code = table.Column<string>(type: "TEXT", maxLength: 6, nullable: false),
                    lookup_code = table.Column<string>(type: "TEXT", maxLength: 7, nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    keep_until = table.Column<long>(type: "INTEGER", nullable: false),
                    ticket_number = table.Column<int>(type: "INTEGER", nullable: false),
                    ticket_expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    agent_token_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    agent_version = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    agent_seen_at = table.Column<long>(type: "INTEGER", nullable: true),
                    selected_sha256 = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    renewal_id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    last_event = table.Column<int>(type: "INTEGER", nullable: false),
                    last_command = table.Column<int>(type: "INTEGER", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sessions", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "subscribers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    stable_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    display_name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    subject = table.Column<byte[]>(type: "BLOB", maxLength: 2000, nullable: true),
                    contact_name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    contact_phone = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    contact_email = table.Column<string>(type: "TEXT", maxLength: 254, nullable: true),
                    identity_proved_at = table.Column<long>(type: "INTEGER", nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    registered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    cancelled_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscribers", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "token_models",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    manufacturer = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    model = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_token_models", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "agent_commands",
                columns: table => new
                {
                    session_id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    seq = table.Column<int>(type: "INTEGER", nullable: false),
                    json = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_agent_commands", x => new { x.session_id, x.seq });
                    table.ForeignKey(
                        name: "fk_agent_commands_sessions_session_id",
                        column: x => x.session_id,
                        principalTable: "sessions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "session_events",
                columns: table => new
                {
                    session_id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    seq = table.Column<int>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    json = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_session_events", x => new { x.session_id, x.seq });
                    table.ForeignKey(
                        name: "fk_session_events_sessions_session_id",
                        column: x => x.session_id,
                        principalTable: "sessions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "tickets",
                columns: table => new
                {
                    sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    session_id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    used = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tickets", x => x.sha256);
                    table.ForeignKey(
                        name: "fk_tickets_sessions_session_id",
                        column: x => x.session_id,
                        principalTable: "sessions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "certificates",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    der = table.Column<byte[]>(type: "BLOB", nullable: false),
                    issuer_id = table.Column<long>(type: "INTEGER", nullable: false),
                    serial = table.Column<string>(type: "TEXT", maxLength: 42, nullable: false),
                    spki_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    not_before = table.Column<long>(type: "INTEGER", nullable: false),
                    not_after = table.Column<long>(type: "INTEGER", nullable: false),
                    subscriber_id = table.Column<long>(type: "INTEGER", nullable: false),
                    profile = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    revoked_at = table.Column<long>(type: "INTEGER", nullable: true),
                    renewed_from_id = table.Column<long>(type: "INTEGER", nullable: true),
                    status_fresh_until = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_certificates", x => x.id);
                    table.ForeignKey(
                        name: "fk_certificates_certificates_renewed_from_id",
                        column: x => x.renewed_from_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_issuers_issuer_id",
                        column: x => x.issuer_id,
                        principalTable: "issuers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_certificates_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "outbox",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    subscriber_id = table.Column<long>(type: "INTEGER", nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    sent_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outbox", x => x.id);
                    table.ForeignKey(
                        name: "fk_outbox_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_outbox_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "renewals",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    renewal_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    old_certificate_id = table.Column<long>(type: "INTEGER", nullable: false),
                    session_id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    key_type = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    retire = table.Column<bool>(type: "INTEGER", nullable: false),
                    token_driver = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    token_manufacturer = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    token_model = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    token_serial_number = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_renewals", x => x.id);
                    table.ForeignKey(
                        name: "fk_renewals_certificates_old_certificate_id",
                        column: x => x.old_certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "cmp_transactions",
                columns: table => new
                {
                    transaction_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    renewal_id = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_transactions", x => x.transaction_id);
                    table.ForeignKey(
                        name: "fk_cmp_transactions_renewals_renewal_id",
                        column: x => x.renewal_id,
                        principalTable: "renewals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "renewal_certificates",
                columns: table => new
                {
                    renewal_id = table.Column<long>(type: "INTEGER", nullable: false),
                    ordinal = table.Column<int>(type: "INTEGER", nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_renewal_certificates", x => new { x.renewal_id, x.ordinal });
                    table.ForeignKey(
                        name: "fk_renewal_certificates_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_renewal_certificates_renewals_renewal_id",
                        column: x => x.renewal_id,
                        principalTable: "renewals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_certificates_issuer_id_serial",
                table: "certificates",
                columns: new[] { "issuer_id", "serial" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_not_after",
                table: "certificates",
                column: "not_after");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_renewed_from_id",
                table: "certificates",
                column: "renewed_from_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_sha256",
                table: "certificates",
                column: "sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_spki_sha256",
                table: "certificates",
                column: "spki_sha256");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_subscriber_id",
                table: "certificates",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_cmp_transactions_renewal_id",
                table: "cmp_transactions",
                column: "renewal_id");

            migrationBuilder.CreateIndex(
                name: "ix_issuers_name",
                table: "issuers",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_outbox_certificate_id",
                table: "outbox",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_kind_certificate_id",
                table: "outbox",
                columns: new[] { "kind", "certificate_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_outbox_sent_at",
                table: "outbox",
                column: "sent_at");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_subscriber_id",
                table: "outbox",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_renewal_certificates_certificate_id",
                table: "renewal_certificates",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_renewals_renewal_id",
                table: "renewals",
                column: "renewal_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_renewals_session_id",
                table: "renewals",
                column: "session_id");

            migrationBuilder.CreateIndex(
                name: "ux_renewals_one_at_once",
                table: "renewals",
                column: "old_certificate_id",
                unique: true,
                filter: "state in ('Open', 'Confirmed')");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_agent_token_sha256",
                table: "sessions",
                column: "agent_token_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_keep_until",
                table: "sessions",
                column: "keep_until");

            migrationBuilder.CreateIndex(
                name: "ix_sessions_lookup_code",
                table: "sessions",
                column: "lookup_code",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_renewal_id",
                table: "sessions",
                column: "renewal_id");

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_stable_id",
                table: "subscribers",
                column: "stable_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_tickets_session_id",
                table: "tickets",
                column: "session_id");

            migrationBuilder.CreateIndex(
                name: "ix_token_models_manufacturer_model",
                table: "token_models",
                columns: new[] { "manufacturer", "model" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "agent_commands");

            migrationBuilder.DropTable(
                name: "cmp_transactions");

            migrationBuilder.DropTable(
                name: "data_protection_keys");

            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "renewal_certificates");

            migrationBuilder.DropTable(
                name: "session_events");

            migrationBuilder.DropTable(
                name: "tickets");

            migrationBuilder.DropTable(
                name: "token_models");

            migrationBuilder.DropTable(
                name: "renewals");

            migrationBuilder.DropTable(
                name: "sessions");

            migrationBuilder.DropTable(
                name: "certificates");

            migrationBuilder.DropTable(
                name: "issuers");

            migrationBuilder.DropTable(
                name: "subscribers");
        }
    }
}
