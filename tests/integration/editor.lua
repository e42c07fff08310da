-- Neovim's own language client: types a weakness into the open file, asks why, allows it, and writes down what it saw.
local typed, out = vim.fn.readfile(vim.env.TYPED), {}

local function write(text)
  vim.fn.writefile({ text }, vim.env.SAW)
end

local function diagnostics()
  return vim.diagnostic.get(0)
end

local function main()
  local config = { name = 'cwegate', cmd = { 'cwegate', 'lsp' }, root_dir = vim.fn.getcwd() }
  local start = vim.lsp.start_client or function(it) return vim.lsp.start(it, { attach = false }) end
  local client = start(config)
  vim.lsp.buf_attach_client(0, client)
  assert(vim.wait(60000, function() return vim.lsp.get_client_by_id(client) ~= nil end), 'it did not start')

  vim.api.nvim_buf_set_lines(0, 0, -1, false, typed)
  assert(vim.wait(60000, function() return #diagnostics() > 0 end, 50), 'no diagnostics came')
  local found = diagnostics()[1]
  out.count, out.code, out.severity = #diagnostics(), found.code, found.severity
  out.text = vim.api.nvim_buf_get_text(0, found.lnum, found.col, found.end_lnum, found.end_col, {})[1]
  vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })

  local here = vim.lsp.util.make_position_params(0, 'utf-16')
  local function ask(method, params)
    local answers = assert(vim.lsp.buf_request_sync(0, method, params, 60000))
    return answers[client].result
  end
  out.hover = ask('textDocument/hover', here).contents.value
  local range = { start = here.position, ['end'] = here.position }
  local context = { diagnostics = {} }
  local actions = ask('textDocument/codeAction', { textDocument = here.textDocument, range = range, context = context })
  out.actions = vim.tbl_map(function(action) return action.title end, actions)
  vim.lsp.util.apply_workspace_edit(actions[1].edit, 'utf-16')
  assert(vim.wait(60000, function() return #diagnostics() == 0 end, 50), 'the diagnostics did not go')
  out.line = vim.api.nvim_buf_get_lines(0, found.lnum, found.lnum + 1, true)[1]
end

local ok, why = pcall(main)
write(vim.json.encode(ok and out or { failed = tostring(why) }))
vim.cmd('qall!')
