using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers.Import;

namespace Rekey.Web.Console.Subscribers;

/// <summary>
/// Imports a table: send it, see what is wrong row by row, and import it, whole or what is right of it. The table waits in the store between the
/// requests, so that each of them may meet another process, and one that was broken off goes on.
/// </summary>
[Requires(Permission.EnterSubscribers)]
[RequestSizeLimit(MostOctets)]
[RequestFormLimits(MultipartBodyLengthLimit = MostOctets)]
internal sealed class ImportModel(RaOptions options, SubscriberUploads uploads) : ConsolePage(options)
{
    // A table and the form around it.
    private const long MostOctets = Sheet.MostOctets + (1 << 20);

    public IReadOnlyList<UploadItem> Waiting { get; private set; } = [];

    public UploadItem? Upload { get; private set; }

    public SubscriberImportReport? Report { get; private set; }

    /// <summary>What is wrong with the file as a whole.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>Whether the report is of an import, not of a check.</summary>
    public bool IsDone { get; private set; }

    public async Task OnGetAsync(string? upload)
    {
        await TryAsync(async cancel =>
        {
            if (upload is not null && await uploads.CheckAsync(Actor, upload, Scope, cancel) is (var item, var report))
            {
                (Upload, Report) = (item, report);
            }
        });
        Waiting = await uploads.ListAsync(Actor, HttpContext.RequestAborted);
        Upload ??= Waiting.FirstOrDefault(u => u.Id == upload);
    }

    public async Task<IActionResult> OnGetTemplateAsync(string? format)
    {
        var kind = format == "csv" ? TableFormat.Csv : TableFormat.Xlsx;
        using var file = new MemoryStream();
        await ExportSubscribers.WriteTemplateAsync(file, kind, CultureInfo.CurrentUICulture, HttpContext.RequestAborted);
        return File(file.ToArray(), kind == TableFormat.Csv ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", $"template.{(kind == TableFormat.Csv ? "csv" : "xlsx")}");
    }

    [Requires(Permission.EnterSubscribers)]
    public async Task<IActionResult> OnPostAsync(IFormFile? table)
    {
        if (table is null or { Length: 0 })
        {
            return Redirect(SubscriberUrls.Import);
        }

        string? id = null;
        await TryAsync(async cancel =>
        {
            await using var file = table.OpenReadStream();
            id = await uploads.KeepAsync(Actor, Path.GetFileName(table.FileName), file, cancel);
        });
        return id is null ? Page() : Redirect($"{SubscriberUrls.Import}?upload={id}");
    }

    [Requires(Permission.EnterSubscribers)]
    public async Task<IActionResult> OnPostRunAsync(string? upload, string? mode)
    {
        await TryAsync(async cancel =>
        {
            Report = await uploads.ImportAsync(Actor, upload ?? "", mode == "valid" ? ImportMode.ValidRowsOnly : ImportMode.AllOrNothing, Scope, cancel);
            IsDone = Report?.Written == true;
        });
        Waiting = await uploads.ListAsync(Actor, HttpContext.RequestAborted);
        Upload = Waiting.FirstOrDefault(u => u.Id == upload);
        return Upload is null ? Redirect(SubscriberUrls.Import) : Page();
    }

    private async Task TryAsync(Func<CancellationToken, Task> act)
    {
        try
        {
            await act(HttpContext.RequestAborted);
        }
        catch (ProblemException e) when (e.Problem.Number is >= 3301 and <= 3307)
        {
            Problem = e.Problem;
            Response.StatusCode = e.Problem.HttpStatus;
        }
    }
}
