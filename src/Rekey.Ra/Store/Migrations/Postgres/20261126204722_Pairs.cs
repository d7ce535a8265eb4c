using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Pairs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "encryption_key_type",
                schema: "ra",
                table: "renewals",
                type: "character varying(16)",
                maxLength: 16,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "pair_of_id",
                schema: "ra",
                table: "certificates",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_pair_of_id",
                schema: "ra",
                table: "certificates",
                column: "pair_of_id",
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "fk_certificates_certificates_pair_of_id",
                schema: "ra",
                table: "certificates",
                column: "pair_of_id",
                principalSchema: "ra",
                principalTable: "certificates",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_certificates_certificates_pair_of_id",
                schema: "ra",
                table: "certificates");

            migrationBuilder.DropIndex(
                name: "ix_certificates_pair_of_id",
                schema: "ra",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "encryption_key_type",
                schema: "ra",
                table: "renewals");

            migrationBuilder.DropColumn(
                name: "pair_of_id",
                schema: "ra",
                table: "certificates");
        }
    }
}
