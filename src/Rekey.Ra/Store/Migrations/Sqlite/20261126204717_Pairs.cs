using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Rekey.Ra.Store.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Pairs : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "encryption_key_type",
                table: "renewals",
                type: "TEXT",
                maxLength: 16,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "pair_of_id",
                table: "certificates",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_certificates_pair_of_id",
                table: "certificates",
                column: "pair_of_id",
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "fk_certificates_certificates_pair_of_id",
                table: "certificates",
                column: "pair_of_id",
                principalTable: "certificates",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_certificates_certificates_pair_of_id",
                table: "certificates");

            migrationBuilder.DropIndex(
                name: "ix_certificates_pair_of_id",
                table: "certificates");

            migrationBuilder.DropColumn(
                name: "encryption_key_type",
                table: "renewals");

            migrationBuilder.DropColumn(
                name: "pair_of_id",
                table: "certificates");
        }
    }
}
