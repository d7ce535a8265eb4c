using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Rekey.Ra.Subscribers.Search;
using Rekey.Store.Audit;

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
                name: "audit_checkpoints",
                columns: table => new
                {
                    size = table.Column<long>(type: "INTEGER", nullable: false),
                    root = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    note = table.Column<string>(type: "TEXT", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_checkpoints", x => x.size);
                });

            migrationBuilder.CreateTable(
                name: "audit_entries",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    writer = table.Column<Guid>(type: "TEXT", nullable: false),
                    counter = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    target = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    body = table.Column<byte[]>(type: "BLOB", nullable: false),
                    mac = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    leaf_index = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_entries", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "audit_personal",
                columns: table => new
                {
                    writer = table.Column<Guid>(type: "TEXT", nullable: false),
                    counter = table.Column<long>(type: "INTEGER", nullable: false),
                    field = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    salt = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    value = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_personal", x => new { x.writer, x.counter, x.field });
                });

            migrationBuilder.CreateTable(
                name: "audit_tiles",
                columns: table => new
                {
                    level = table.Column<int>(type: "INTEGER", nullable: false),
                    index = table.Column<long>(type: "INTEGER", nullable: false),
                    hashes = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_tiles", x => new { x.level, x.index });
                });

            migrationBuilder.CreateTable(
                name: "audit_writers",
                columns: table => new
                {
                    writer = table.Column<Guid>(type: "TEXT", nullable: false),
                    counter = table.Column<long>(type: "INTEGER", nullable: false),
                    hash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_writers", x => x.writer);
                });

            migrationBuilder.CreateTable(
                name: "authorisation_tries",
                columns: table => new
                {
                    reference = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    wrong = table.Column<int>(type: "INTEGER", nullable: false),
                    last_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_authorisation_tries", x => x.reference);
                });

            migrationBuilder.CreateTable(
                name: "ca_cursor",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    seq = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_ca_cursor", x => x.id);
                });

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
                name: "login_attempts",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 22, nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    content = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_login_attempts", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "login_challenges",
                columns: table => new
                {
                    nonce_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    used_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_login_challenges", x => x.nonce_sha256);
                });

            migrationBuilder.CreateTable(
                name: "relying_parties",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    name = table.Column<string>(type: "TEXT", maxLength: 60, nullable: false),
                    credential_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    credential_made_at = table.Column<long>(type: "INTEGER", nullable: false),
                    added_at = table.Column<long>(type: "INTEGER", nullable: false),
                    disabled_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_relying_parties", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "saved_filters",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    owner = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    list = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    name = table.Column<string>(type: "TEXT", maxLength: 30, nullable: false),
                    query = table.Column<string>(type: "TEXT", maxLength: 1000, nullable: false),
                    saved_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_saved_filters", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "subscriber_imports",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    last_row = table.Column<int>(type: "INTEGER", nullable: false),
                    rows = table.Column<int>(type: "INTEGER", nullable: false),
                    added = table.Column<int>(type: "INTEGER", nullable: false),
                    unchanged = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriber_imports", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "subscriber_uploads",
                columns: table => new
                {
                    id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    owner = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    file_name = table.Column<string>(type: "TEXT", maxLength: 120, nullable: false),
                    content = table.Column<byte[]>(type: "BLOB", nullable: false),
                    sent_at = table.Column<long>(type: "INTEGER", nullable: false),
                    imported_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriber_uploads", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "subscribers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    stable_id = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    credit_code = table.Column<string>(type: "TEXT", maxLength: 18, nullable: true),
                    display_name = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    subject = table.Column<byte[]>(type: "BLOB", maxLength: 2000, nullable: true),
                    contact_name = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    contact_phone = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true),
                    contact_email = table.Column<string>(type: "TEXT", maxLength: 254, nullable: true),
                    identity_proved_at = table.Column<long>(type: "INTEGER", nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    registered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    cancelled_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    division = table.Column<string>(type: "TEXT", maxLength: 6, nullable: true, computedColumnSql: "substr(credit_code, 3, 6)", stored: true),
                    phone_digits = table.Column<string>(type: "TEXT", maxLength: 40, nullable: true, computedColumnSql: "replace(replace(replace(replace(replace(replace(contact_phone, ' ', ''), '-', ''), '(', ''), ')', ''), '/', ''), '+', '')", stored: true),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: true)
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
                name: "authorisations",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    reference = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    subscriber_id = table.Column<long>(type: "INTEGER", nullable: false),
                    document = table.Column<byte[]>(type: "BLOB", maxLength: 8192, nullable: false),
                    document_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    code_hash = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    profile = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    maker = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    made_at = table.Column<long>(type: "INTEGER", nullable: false),
                    maker_signature = table.Column<byte[]>(type: "BLOB", nullable: true),
                    decider = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true),
                    decision_reason = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    checker_signature = table.Column<byte[]>(type: "BLOB", nullable: true),
                    spent_at = table.Column<long>(type: "INTEGER", nullable: true),
                    version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_authorisations", x => x.id);
                    table.ForeignKey(
                        name: "fk_authorisations_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
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
                    pair_of_id = table.Column<long>(type: "INTEGER", nullable: true),
                    key_released_at = table.Column<long>(type: "INTEGER", nullable: true),
                    status_fresh_until = table.Column<long>(type: "INTEGER", nullable: true),
                    token_driver = table.Column<string>(type: "TEXT", maxLength: 16, nullable: true),
                    token_manufacturer = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    token_model = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    token_serial_number = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_certificates", x => x.id);
                    table.ForeignKey(
                        name: "fk_certificates_certificates_pair_of_id",
                        column: x => x.pair_of_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
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
                name: "cmp_references",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    reference = table.Column<string>(type: "TEXT", maxLength: 40, nullable: false),
                    sealed_secret = table.Column<byte[]>(type: "BLOB", maxLength: 200, nullable: false),
                    subscriber_id = table.Column<long>(type: "INTEGER", nullable: false),
                    profile = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    approve_by_hand = table.Column<bool>(type: "INTEGER", nullable: false),
                    spki_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    wrong_tries = table.Column<int>(type: "INTEGER", nullable: false),
                    spent_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_cmp_references", x => x.id);
                    table.ForeignKey(
                        name: "fk_cmp_references_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "operators",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    subscriber_id = table.Column<long>(type: "INTEGER", nullable: false),
                    role = table.Column<string>(type: "TEXT", maxLength: 24, nullable: false),
                    duties = table.Column<int>(type: "INTEGER", nullable: false),
                    scope = table.Column<string>(type: "TEXT", maxLength: 2000, nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    appointed_by = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    appointed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_by = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    removal_reason = table.Column<string>(type: "TEXT", maxLength: 100, nullable: true),
                    version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_operators", x => x.id);
                    table.ForeignKey(
                        name: "fk_operators_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "subscriber_changes",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    subscriber_id = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false),
                    actor = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    fields = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriber_changes", x => x.id);
                    table.ForeignKey(
                        name: "fk_subscriber_changes_subscribers_subscriber_id",
                        column: x => x.subscriber_id,
                        principalTable: "subscribers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "downloads",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    download_id = table.Column<byte[]>(type: "BLOB", maxLength: 16, nullable: false),
                    authorisation_id = table.Column<long>(type: "INTEGER", nullable: false),
                    session_id = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    untold = table.Column<string>(type: "TEXT", maxLength: 16, nullable: true),
                    key_type = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    encryption_key_type = table.Column<string>(type: "TEXT", maxLength: 16, nullable: true),
                    token_driver = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    token_manufacturer = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    token_model = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    token_serial_number = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_downloads", x => x.id);
                    table.ForeignKey(
                        name: "fk_downloads_authorisations_authorisation_id",
                        column: x => x.authorisation_id,
                        principalTable: "authorisations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
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
                    authorisation_id = table.Column<long>(type: "INTEGER", nullable: true),
                    sealed_secret = table.Column<byte[]>(type: "BLOB", maxLength: 100, nullable: true),
                    sealed_proof = table.Column<byte[]>(type: "BLOB", maxLength: 100, nullable: true),
                    ended = table.Column<bool>(type: "INTEGER", nullable: false),
                    last_event = table.Column<int>(type: "INTEGER", nullable: false),
                    last_command = table.Column<int>(type: "INTEGER", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sessions", x => x.id);
                    table.ForeignKey(
                        name: "fk_sessions_authorisations_authorisation_id",
                        column: x => x.authorisation_id,
                        principalTable: "authorisations",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "key_needs",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    relying_party_id = table.Column<long>(type: "INTEGER", nullable: false),
                    reference = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", maxLength: 100, nullable: false),
                    registered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_key_needs", x => x.id);
                    table.ForeignKey(
                        name: "fk_key_needs_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_key_needs_relying_parties_relying_party_id",
                        column: x => x.relying_party_id,
                        principalTable: "relying_parties",
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
                    reference = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
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
                    heard_key = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: true),
                    heard_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    untold = table.Column<string>(type: "TEXT", maxLength: 16, nullable: true),
                    key_type = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    encryption_key_type = table.Column<string>(type: "TEXT", maxLength: 16, nullable: true),
                    retire = table.Column<bool>(type: "INTEGER", nullable: false),
                    tidies = table.Column<bool>(type: "INTEGER", nullable: false),
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
                name: "waiting_requests",
                columns: table => new
                {
                    reference_id = table.Column<long>(type: "INTEGER", nullable: false),
                    transaction_id = table.Column<byte[]>(type: "BLOB", maxLength: 64, nullable: false),
                    message = table.Column<byte[]>(type: "BLOB", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false),
                    decision = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true),
                    reason = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_waiting_requests", x => x.reference_id);
                    table.CheckConstraint("ck_waiting_requests_decided", "(decision = 'Waiting') = (decided_at is null)");
                    table.ForeignKey(
                        name: "fk_waiting_requests_cmp_references_reference_id",
                        column: x => x.reference_id,
                        principalTable: "cmp_references",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "console_sessions",
                columns: table => new
                {
                    secret_sha256 = table.Column<byte[]>(type: "BLOB", maxLength: 32, nullable: false),
                    operator_id = table.Column<long>(type: "INTEGER", nullable: false),
                    operator_version = table.Column<int>(type: "INTEGER", nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_console_sessions", x => x.secret_sha256);
                    table.ForeignKey(
                        name: "fk_console_sessions_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_console_sessions_operators_operator_id",
                        column: x => x.operator_id,
                        principalTable: "operators",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "download_certificates",
                columns: table => new
                {
                    download_id = table.Column<long>(type: "INTEGER", nullable: false),
                    ordinal = table.Column<int>(type: "INTEGER", nullable: false),
                    certificate_id = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_download_certificates", x => new { x.download_id, x.ordinal });
                    table.ForeignKey(
                        name: "fk_download_certificates_certificates_certificate_id",
                        column: x => x.certificate_id,
                        principalTable: "certificates",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_download_certificates_downloads_download_id",
                        column: x => x.download_id,
                        principalTable: "downloads",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
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
                name: "ix_audit_entries_at",
                table: "audit_entries",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_leaf_index",
                table: "audit_entries",
                column: "leaf_index",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_target",
                table: "audit_entries",
                column: "target");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_unsequenced",
                table: "audit_entries",
                column: "id",
                filter: "leaf_index is null");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_writer_counter",
                table: "audit_entries",
                columns: new[] { "writer", "counter" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_authorisation_tries_last_at",
                table: "authorisation_tries",
                column: "last_at");

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_document_sha256",
                table: "authorisations",
                column: "document_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_reference",
                table: "authorisations",
                column: "reference",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_state_expires_at",
                table: "authorisations",
                columns: new[] { "state", "expires_at" });

            migrationBuilder.CreateIndex(
                name: "ix_authorisations_subscriber_id",
                table: "authorisations",
                column: "subscriber_id");

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
                name: "ix_certificates_pair_of_id",
                table: "certificates",
                column: "pair_of_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_renewed_from_id",
                table: "certificates",
                column: "renewed_from_id");

            migrationBuilder.CreateIndex(
                name: "ix_certificates_serial",
                table: "certificates",
                column: "serial");

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
                name: "ix_cmp_references_reference",
                table: "cmp_references",
                column: "reference",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_cmp_references_subscriber_id",
                table: "cmp_references",
                column: "subscriber_id");

            migrationBuilder.CreateIndex(
                name: "ix_console_sessions_certificate_id",
                table: "console_sessions",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_console_sessions_operator_id_seen_at",
                table: "console_sessions",
                columns: new[] { "operator_id", "seen_at" });

            migrationBuilder.CreateIndex(
                name: "ix_download_certificates_certificate_id",
                table: "download_certificates",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_downloads_download_id",
                table: "downloads",
                column: "download_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_downloads_session_id",
                table: "downloads",
                column: "session_id");

            migrationBuilder.CreateIndex(
                name: "ix_downloads_untold",
                table: "downloads",
                column: "untold",
                filter: "untold is not null");

            migrationBuilder.CreateIndex(
                name: "ux_downloads_one_at_once",
                table: "downloads",
                column: "authorisation_id",
                unique: true,
                filter: "state in ('Open', 'Confirmed')");

            migrationBuilder.CreateIndex(
                name: "ix_issuers_name",
                table: "issuers",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_key_needs_certificate_id_until",
                table: "key_needs",
                columns: new[] { "certificate_id", "until" });

            migrationBuilder.CreateIndex(
                name: "ix_key_needs_relying_party_id_reference",
                table: "key_needs",
                columns: new[] { "relying_party_id", "reference" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_login_attempts_expires_at",
                table: "login_attempts",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_login_challenges_expires_at",
                table: "login_challenges",
                column: "expires_at");

            migrationBuilder.CreateIndex(
                name: "ix_operators_subscriber_id",
                table: "operators",
                column: "subscriber_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_outbox_certificate_id",
                table: "outbox",
                column: "certificate_id");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_kind_certificate_id_reference",
                table: "outbox",
                columns: new[] { "kind", "certificate_id", "reference" },
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
                name: "ix_relying_parties_credential_sha256",
                table: "relying_parties",
                column: "credential_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_relying_parties_name",
                table: "relying_parties",
                column: "name",
                unique: true);

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
                name: "ix_renewals_untold",
                table: "renewals",
                column: "untold",
                filter: "untold is not null");

            migrationBuilder.CreateIndex(
                name: "ux_renewals_one_at_once",
                table: "renewals",
                column: "old_certificate_id",
                unique: true,
                filter: "state in ('Open', 'Confirmed')");

            migrationBuilder.CreateIndex(
                name: "ix_saved_filters_owner_list_name",
                table: "saved_filters",
                columns: new[] { "owner", "list", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_agent_token_sha256",
                table: "sessions",
                column: "agent_token_sha256",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sessions_authorisation_id",
                table: "sessions",
                column: "authorisation_id");

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
                name: "ix_subscriber_changes_subscriber_id_version",
                table: "subscriber_changes",
                columns: new[] { "subscriber_id", "version" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscriber_imports_sha256",
                table: "subscriber_imports",
                column: "sha256");

            migrationBuilder.CreateIndex(
                name: "ix_subscriber_uploads_owner_sent_at",
                table: "subscriber_uploads",
                columns: new[] { "owner", "sent_at" });

            migrationBuilder.CreateIndex(
                name: "ix_subscriber_uploads_sent_at",
                table: "subscriber_uploads",
                column: "sent_at");

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_cancelled",
                table: "subscribers",
                column: "id",
                filter: "state = 'Cancelled'");

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_contact_name",
                table: "subscribers",
                column: "contact_name");

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_credit_code_id",
                table: "subscribers",
                columns: new[] { "credit_code", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_display_name_id",
                table: "subscribers",
                columns: new[] { "display_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_division_display_name_id",
                table: "subscribers",
                columns: new[] { "division", "display_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_expires_at_id",
                table: "subscribers",
                columns: new[] { "expires_at", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_subscribers_phone_digits",
                table: "subscribers",
                column: "phone_digits");

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

            migrationBuilder.AddAuditGuards("ra");
            migrationBuilder.AddSubscriberIndexes("ra");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "agent_commands");

            migrationBuilder.DropTable(
                name: "audit_checkpoints");

            migrationBuilder.DropTable(
                name: "audit_entries");

            migrationBuilder.DropTable(
                name: "audit_personal");

            migrationBuilder.DropTable(
                name: "audit_tiles");

            migrationBuilder.DropTable(
                name: "audit_writers");

            migrationBuilder.DropTable(
                name: "authorisation_tries");

            migrationBuilder.DropTable(
                name: "ca_cursor");

            migrationBuilder.DropTable(
                name: "console_sessions");

            migrationBuilder.DropTable(
                name: "data_protection_keys");

            migrationBuilder.DropTable(
                name: "download_certificates");

            migrationBuilder.DropTable(
                name: "key_needs");

            migrationBuilder.DropTable(
                name: "login_attempts");

            migrationBuilder.DropTable(
                name: "login_challenges");

            migrationBuilder.DropTable(
                name: "outbox");

            migrationBuilder.DropTable(
                name: "renewal_certificates");

            migrationBuilder.DropTable(
                name: "saved_filters");

            migrationBuilder.DropTable(
                name: "session_events");

            migrationBuilder.DropTable(
                name: "subscriber_changes");

            migrationBuilder.DropTable(
                name: "subscriber_imports");

            migrationBuilder.DropTable(
                name: "subscriber_uploads");

            migrationBuilder.DropTable(
                name: "tickets");

            migrationBuilder.DropTable(
                name: "token_models");

            migrationBuilder.DropTable(
                name: "waiting_requests");

            migrationBuilder.DropTable(
                name: "operators");

            migrationBuilder.DropTable(
                name: "downloads");

            migrationBuilder.DropTable(
                name: "relying_parties");

            migrationBuilder.DropTable(
                name: "renewals");

            migrationBuilder.DropTable(
                name: "sessions");

            migrationBuilder.DropTable(
                name: "cmp_references");

            migrationBuilder.DropTable(
                name: "certificates");

            migrationBuilder.DropTable(
                name: "authorisations");

            migrationBuilder.DropTable(
                name: "issuers");

            migrationBuilder.DropTable(
                name: "subscribers");
        }
    }
}
