using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class WaitingRequests : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "approve_by_hand",
                table: "cmp_references",
                type: "INTEGER",
                nullable: false,
                defaultValue: false);

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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "waiting_requests");

            migrationBuilder.DropColumn(
                name: "approve_by_hand",
                table: "cmp_references");
        }
    }
}
